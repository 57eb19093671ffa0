"""A CSR comes in: made here by the worker, or uploaded by the customer."""

from collections.abc import Collection
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from onboarding import errors, queue
from onboarding.errors import gettext_noop
from onboarding.lifecycle import (
    owed_mail,
    standing,
)
from onboarding.lifecycle.actor import (
    Actor,
    demand_admin_or_staff,
    demand_open,
    demand_process,
)
from onboarding.lifecycle.draft import drop_draft
from onboarding.lifecycle.transition import State, move, record
from onboarding.models import CSR, Customer, Mail, PushCertificate, SeenKey
from onboarding.pki import csr as pki_csr
from onboarding.pki.names import Subject


@transaction.atomic
def request_csr(
    customer: Customer,
    *,
    subject: Subject,
    by: Actor,
    renews: PushCertificate | None = None,
    csr_id: UUID | None = None,
    beside: Collection[str] | None = None,
) -> CSR:
    """A new CSR in REQUESTED; once committed, the worker makes its key.

    With `csr_id` it gets this id, and asking twice gives this customer's first one unchanged.
    With `beside`, the ids of CSRs for new certificates that the person has seen under way, another
    one there raises AlreadyUnderWay.
    """
    if csr_id and (asked := customer.csrs.filter(pk=csr_id).first()):
        return asked
    csr = _open(customer, subject, CSR.Origin.MADE_HERE, by, renews, csr_id=csr_id)
    _demand_seen(csr, beside)
    record("request_csr", by=by, csr=csr, subject=subject.as_text())
    queue.make_csr(csr.pk)
    return csr


@transaction.atomic
def submit(csr: CSR, *, der: bytes, sealed_key: str, custody_key: str, by: Actor) -> None:
    """REQUESTED → SUBMITTED with the CSR that the worker made; the key's file is named by then.

    `custody_key` is the fingerprint of the key that the file is sealed to.
    """
    demand_process(by, Actor.worker())
    _submit(csr, pki_csr.verify(der), by, sealed_key=sealed_key, custody_key=custody_key)


@transaction.atomic
def submit_upload(
    customer: Customer,
    *,
    der: bytes,
    upload: str,
    by: Actor,
    renews: PushCertificate | None = None,
    beside: Collection[str] | None = None,
) -> CSR:
    """A customer's own CSR, SUBMITTED at once; raises InvalidCSR, UnfitKey or KeyReused.

    `beside` as for `request_csr`.
    """
    parsed = pki_csr.verify(der)
    csr = _open(customer, parsed.subject, CSR.Origin.UPLOADED, by, renews)
    record("request_csr", by=by, csr=csr, subject=parsed.subject.as_text())
    _submit(csr, parsed, by, upload=upload)
    # Last: of a CSR that is here already, it is better to be told that.
    _demand_seen(csr, beside)
    return csr


def _open(
    customer: Customer,
    subject: Subject,
    origin: CSR.Origin,
    by: Actor,
    renews: PushCertificate | None,
    csr_id: UUID | None = None,
) -> CSR:
    demand_admin_or_staff(by, customer, permission="act_for_customer")
    demand_open(customer)
    if by.user is None:
        raise errors.NotAllowed("A CSR is asked for by a person.")
    _demand_renewable(customer, renews)
    drop_draft(customer, renews)
    now = timezone.now()
    return CSR.objects.create(
        id=csr_id or uuid4(),
        customer=customer,
        state=State.REQUESTED,
        state_since=now,
        requested_at=now,
        requested_by=by.user,
        origin=origin,
        renews=renews,
        **_columns(subject),
    )


def _demand_seen(csr: CSR, beside: Collection[str] | None) -> None:
    """Two people, or two tabs, are not to make two certificates where one was meant."""
    if csr.renews or beside is None:
        return
    # Locked, so that of two at once the second sees the first. With its key each holds a share in
    # the row, on which both would wait for each other.
    Customer.objects.select_for_update(no_key=True).get(pk=csr.customer_id)
    csrs = CSR.objects.for_new_certificate().filter(customer=csr.customer_id).exclude(pk=csr.pk)
    under_way = csrs.values_list("pk", flat=True)
    if any(str(pk) not in beside for pk in under_way):
        raise errors.AlreadyUnderWay(
            gettext_noop("A CSR for a new push certificate is under way already.")
        )


def _demand_renewable(customer: Customer, renews: PushCertificate | None) -> None:
    if renews is None:
        return
    if renews.customer_id != customer.pk or renews.state != PushCertificate.State.ACTIVE:
        raise errors.WrongState(
            gettext_noop("Only this customer's active certificate can be renewed.")
        )
    if CSR.objects.live().filter(renews=renews).exists():
        raise errors.WrongState(
            gettext_noop(
                "A renewal of this certificate is under way already. Go on with that one, or"
                " withdraw it first."
            )
        )


def _submit(csr: CSR, parsed: pki_csr.CSR, by: Actor, **files: str) -> None:
    _take_key(csr, parsed.public_key_sha256)
    move(
        csr,
        to=State.SUBMITTED,
        allowed=[State.REQUESTED],
        der=parsed.der,
        public_key_sha256=parsed.public_key_sha256,
        **_columns(parsed.subject),
        **files,
    )
    record("submit", by=by, csr=csr, public_key_sha256=parsed.public_key_sha256)
    if not standing.use(csr):
        owed_mail.to_staff(Mail.Kind.WAITING, csr)


def _take_key(csr: CSR, public_key_sha256: str) -> None:
    try:
        with transaction.atomic():
            seen, _ = SeenKey.objects.get_or_create(
                public_key_sha256=public_key_sha256, defaults={"customer": csr.customer}
            )
    except IntegrityError as error:
        raise _reused() from error
    holder = CSR.objects.holding_key(public_key_sha256).exclude(pk=csr.pk).first()
    if holder and holder.customer_id == csr.customer_id:
        raise _reused_in(holder)
    if seen.customer_id != csr.customer_id or holder:
        raise _reused()


def _reused_in(own: CSR) -> errors.KeyReused:
    """`own` holds the key: it is under way, or was fulfilled."""
    message = (
        errors.gettext_noop(
            "The key of this CSR was used before, in your CSR of %(day)s (%(number)s). Go on with"
            " that one. For another push certificate, make a new key and a CSR for it: each needs a"
            " key of its own."
        )
        if own.is_live
        else errors.gettext_noop(
            "The key of this CSR is that of a certificate which you have, from your CSR of %(day)s"
            " (%(number)s). Make a new key and a CSR for it: each push certificate needs a key of"
            " its own, a renewed one, too."
        )
    )
    return errors.KeyReused(
        message, day=own.requested_at, number=str(own.pk)[:8], belongs_to=own.pk
    )


def _reused() -> errors.KeyReused:
    # The same words whether the key is another customer's or the vendor's: whose it is must not
    # be learnt by trying.
    return errors.KeyReused(
        errors.gettext_noop(
            "The key of this CSR was used before. Make a new key and a CSR for it: each push"
            " certificate needs a key of its own."
        )
    )


def _columns(subject: Subject) -> dict[str, str]:
    return {
        "common_name": subject.common_name,
        "organization": subject.organization,
        "organizational_unit": subject.organizational_unit,
        "country": subject.country,
        "email": subject.email,
    }
