"""Apple's certificate comes back: checked against its CSR, then active."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from onboarding import errors, trust
from onboarding.errors import gettext_noop
from onboarding.lifecycle import belonging, owed_mail
from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import State, demand_state, move, record
from onboarding.models import CSR, Mail, PushCertificate, Topic, TopicChange
from onboarding.pki import push_certificate as pki_push_certificate


@transaction.atomic
def activate(csr: CSR, *, der: bytes, upload: str, by: Actor) -> PushCertificate:
    """SIGNED → FULFILLED with the certificate ACTIVE and its predecessor SUPERSEDED.

    `der` is what Apple issued; raises an InvalidPushCertificate that says what does not fit.
    """
    demand_admin_or_staff(by, csr.customer, permission="act_for_customer")
    # Asked first: on a CSR that has moved on, remarks on the file would lead astray.
    demand_state(csr, allowed=[State.SIGNED])
    parsed = _verified(csr, der)
    _take_topic(csr, parsed.topic)
    predecessor = _supersede(csr, parsed.topic)
    certificate = PushCertificate.objects.create(
        customer=csr.customer,
        csr=csr,
        predecessor=predecessor,
        topic=parsed.topic,
        serial=parsed.serial,
        issuer=parsed.issuer,
        not_before=parsed.not_before,
        not_after=parsed.not_after,
        fingerprint_sha256=parsed.fingerprint_sha256,
        apple_account=csr.customer.apple_account,
        der=parsed.der,
        upload=upload,
        activated_at=timezone.now(),
    )
    move(csr, to=State.FULFILLED, allowed=[State.SIGNED])
    record(
        "activate",
        by=by,
        csr=csr,
        push_certificate=certificate,
        topic=parsed.topic,
        serial=parsed.serial,
        fingerprint_sha256=parsed.fingerprint_sha256,
    )
    owed_mail.to_customer(Mail.Kind.ACTIVE, csr)
    return certificate


def _verified(csr: CSR, der: bytes) -> pki_push_certificate.PushCertificate:
    parsed = pki_push_certificate.parse(der)
    if parsed.public_key_sha256 != csr.public_key_sha256:
        raise belonging.of_another_key(csr, parsed)
    return pki_push_certificate.verify(
        der,
        public_key_sha256=csr.public_key_sha256,
        trust=trust.current(),
        now=timezone.now(),
    )


def _take_topic(csr: CSR, topic: str) -> None:
    owner, is_new = Topic.objects.get_or_create(name=topic, defaults={"customer": csr.customer})
    if owner.customer_id != csr.customer_id:
        raise errors.TopicTaken(
            gettext_noop(
                "The topic of this certificate is in use by another customer of this portal, and a"
                " topic never moves. Ask your vendor."
            )
        )
    if csr.renews and csr.renews.topic != topic:
        _demand_meant(csr, csr.renews.topic, topic, is_new=is_new)


def _demand_meant(csr: CSR, wanted: str, topic: str, *, is_new: bool) -> None:
    """Refuse another topic than the one to be renewed, unless staff allowed just this one."""
    if not is_new:
        raise errors.WrongRow(
            gettext_noop(
                "This certificate has the topic of another certificate of yours (%(topic)s): at"
                " Apple, Renew was pressed on another row than the one to be renewed (%(wanted)s)."
                " Go back to Apple's portal, press Renew on the row with that topic, and upload the"
                " same signed request there."
            ),
            topic=topic,
            wanted=wanted,
        )
    if not TopicChange.objects.allowed().filter(csr=csr, topic=topic).exists():
        raise errors.TopicMismatch(
            gettext_noop(
                "This certificate has another topic (%(topic)s) than the one to be renewed"
                " (%(wanted)s): at Apple it was created, not renewed, and with it every device"
                " would have to be enrolled again. Go back to Apple's portal, press Renew on the"
                " row with the old topic, and upload the same signed request there."
            ),
            topic=topic,
            wanted=wanted,
        )


def _supersede(csr: CSR, topic: str) -> PushCertificate | None:
    """Where staff allowed another topic, the certificate that was to be renewed makes way."""
    # A renewal came this far only with the old topic, or with one that nobody had before.
    replaced = Q(topic=topic) | Q(pk=csr.renews_id)
    predecessor = PushCertificate.objects.select_for_update().active().filter(replaced).first()
    if predecessor:
        PushCertificate.objects.filter(pk=predecessor.pk).update(
            state=PushCertificate.State.SUPERSEDED
        )
        # Any: facts, as `record` takes them.
        changed: dict[str, Any] = {} if predecessor.topic == topic else {"new_topic": topic}
        record(
            "supersede",
            by=Actor(name="portal"),
            csr=csr,
            push_certificate=predecessor,
            **changed,
        )
    return predecessor
