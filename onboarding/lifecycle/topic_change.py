"""A renewal came back with another topic: noted, and allowed or declined by staff."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from onboarding import errors, trust
from onboarding.errors import gettext_noop
from onboarding.lifecycle import approvals, owed_mail
from onboarding.lifecycle.actor import Actor, demand_admin_or_staff, demand_staff
from onboarding.lifecycle.transition import State, demand_state, record
from onboarding.models import CSR, Mail, TopicChange, TopicChangeApproval, User
from onboarding.pki import push_certificate


@transaction.atomic
def note_topic_change(csr: CSR, *, der: bytes, by: Actor) -> TopicChange:
    """The row of a certificate that `activate` refused with TopicMismatch; one per topic."""
    demand_admin_or_staff(by, csr.customer, permission="act_for_customer")
    demand_state(csr, allowed=[State.SIGNED])
    if by.user is None:
        raise errors.NotAllowed("A certificate is brought by a person.")
    # Only its topic may be amiss: what is allowed later is taken without another question.
    parsed = push_certificate.verify(
        der,
        public_key_sha256=csr.public_key_sha256,
        trust=trust.current(),
        now=timezone.now(),
    )
    change, is_new = TopicChange.objects.get_or_create(
        csr=csr,
        topic=parsed.topic,
        defaults={
            "serial": parsed.serial,
            "not_after": parsed.not_after,
            "fingerprint_sha256": parsed.fingerprint_sha256,
            "noted_by": by.user,
            "noted_at": timezone.now(),
        },
    )
    if is_new:
        _record("note_topic_change", change, by)
    return change


@transaction.atomic
def want_topic_change(change: TopicChange, *, by: Actor) -> None:
    """The customer says that the new topic is meant: staff are asked."""
    demand_admin_or_staff(by, change.csr.customer, permission="act_for_customer")
    demand_state(change.csr, allowed=[State.SIGNED])
    asked = TopicChange.objects.filter(pk=change.pk, wanted_at__isnull=True, allowed_at=None)
    if not asked.update(wanted_by=by.user, wanted_at=timezone.now()):
        raise errors.WrongState(
            gettext_noop("This was asked for already. You get a mail once it is decided.")
        )
    change.refresh_from_db()
    _record("want_topic_change", change, by)
    owed_mail.topic_change(change.csr, topic=change.topic)


@transaction.atomic
def allow_topic_change(change: TopicChange, *, reason: str, by: Actor) -> bool:
    """A staff member's yes; True once there are as many as a CSR needs, and it is allowed.

    The customer can then upload that certificate, and no other.
    """
    person = demand_staff(by, permission="override_topic")
    if not reason.strip():
        raise errors.MissingReason("Give a reason: it is kept with the change for good.")
    _demand_undecided(change)
    if sentence := why_not_allow(change, by=person):
        raise errors.NotAllowed("%(why)s Nothing was changed.", why=sentence)
    TopicChangeApproval.objects.update_or_create(
        topic_change=change,
        staff=person,
        defaults={"reason": reason.strip(), "given_at": timezone.now()},
    )
    given = len(allowed_by(change))
    needed = approvals.required(change.csr)
    _record(
        "allow_topic_change", change, by, reason=reason.strip(), approvals=f"{given} of {needed}"
    )
    if given < needed:
        return False
    TopicChange.objects.filter(pk=change.pk).update(allowed_at=timezone.now())
    change.refresh_from_db()
    # Of one renewal several topics may come to be allowed, each told by its own mail.
    owed_mail.to_customer(Mail.Kind.TOPIC_ALLOWED, change.csr, occasion=change.topic[-100:])
    return True


@transaction.atomic
def take_back_topic_approval(change: TopicChange, *, by: Actor) -> None:
    """This person's yes is gone, as long as the topic is neither allowed nor declined."""
    person = demand_staff(by, permission="override_topic")
    _demand_undecided(change)
    taken, _ = change.approvals.filter(staff=person).delete()
    if not taken:
        raise errors.WrongState("There is no yes of yours to this topic. Nothing was changed.")
    _record("take_back_topic_approval", change, by)


def allowed_by(change: TopicChange) -> list[TopicChangeApproval]:
    """The yeses that count, as for a CSR: one for each person who may say it now."""
    yes = change.approvals.select_related("staff")
    return approvals.of_different_people(yes, permission="override_topic")


def why_not_allow(change: TopicChange, *, by: User) -> str:
    """Why a yes of this person would add nothing, for staff; empty if it would."""
    needed, given = approvals.required(change.csr), allowed_by(change)
    askers = (change.csr.requested_by, change.noted_by, change.wanted_by)
    if needed > 1 and any(one and approvals.is_same(one, by) for one in askers):
        return (
            "You asked for this CSR or for this change yourself, so other people have to allow it."
        )
    # Where enough people have said yes, and the last of them before it counted, one says it anew.
    if len(given) >= needed:
        return ""
    return approvals.said_already(given, by=by, what="allowed this")


@transaction.atomic
def decline_topic_change(change: TopicChange, *, reason: str, by: Actor) -> None:
    """A staff member's no to what the customer asks for, for good, with the reason that it reads.

    One person's is enough; the renewal goes on, and takes the topic that it had.
    """
    person = demand_staff(by, permission="override_topic")
    if not reason.strip():
        raise errors.MissingReason("Give a reason: the customer reads it and acts on it.")
    _demand_undecided(change)
    if change.wanted_at is None:
        raise errors.WrongState(
            "Nobody at the customer asked for this topic, so there is nothing to decline."
        )
    TopicChange.objects.filter(pk=change.pk).update(
        declined_at=timezone.now(), declined_by=person, decline_reason=reason.strip()
    )
    change.refresh_from_db()
    _record("decline_topic_change", change, by, reason=reason.strip())
    owed_mail.to_customer(Mail.Kind.TOPIC_DECLINED, change.csr, occasion=str(change.pk))


def _demand_undecided(change: TopicChange) -> None:
    """Locked, so that two people at once come one after the other."""
    demand_state(change.csr, allowed=[State.SIGNED])
    change.refresh_from_db()
    if change.allowed_at:
        raise errors.WrongState("This change of topic is allowed already.")
    if change.declined_at:
        raise errors.WrongState("This change of topic was declined already.")


def _record(verb: str, change: TopicChange, by: Actor, **facts: Any) -> None:
    """Any: as `record` takes them."""
    record(
        verb,
        by=by,
        csr=change.csr,
        push_certificate=change.csr.renews,
        topic=change.topic,
        serial=change.serial,
        fingerprint_sha256=change.fingerprint_sha256,
        **facts,
    )
