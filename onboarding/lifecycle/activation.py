"""Apple's certificate comes back: checked against its CSR, then active."""

from django.db import transaction
from django.utils import timezone

from onboarding import errors, trust
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import State, demand_state, move, record
from onboarding.models import CSR, Mail, PushCertificate, Topic
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
        raise errors.KeyMismatch(_whose(csr, parsed.public_key_sha256))
    return pki_push_certificate.verify(
        der,
        public_key_sha256=csr.public_key_sha256,
        trust=trust.current(),
        now=timezone.now(),
    )


def _whose(csr: CSR, public_key_sha256: str) -> str:
    own = CSR.objects.filter(customer=csr.customer, public_key_sha256=public_key_sha256).first()
    if own:
        return (
            f"This certificate belongs to your CSR of {own.requested_at:%d %B %Y}"
            f" ({str(own.pk)[:8]}), not to this one. Upload the certificate that Apple made from"
            " the signed request of this page."
        )
    return (
        "This certificate was made for another key, so it belongs to another CSR, perhaps of"
        " another organisation. At Apple, upload the signed request of this page, and bring the"
        " certificate that it gives you."
    )


def _take_topic(csr: CSR, topic: str) -> None:
    if csr.renews and csr.renews.topic != topic:
        raise errors.TopicMismatch(
            f"This certificate has another topic ({topic}) than the one to be renewed"
            f" ({csr.renews.topic}): at Apple it was created, not renewed, and with it every device"
            " would have to be enrolled again. Go back to Apple's portal, press Renew on the row"
            " with the old topic, and upload the same signed request there."
        )
    owner, _ = Topic.objects.get_or_create(name=topic, defaults={"customer": csr.customer})
    if owner.customer_id != csr.customer_id:
        raise errors.TopicTaken(
            "The topic of this certificate is in use by another customer of this portal, and a"
            " topic never moves. Ask your vendor."
        )


def _supersede(csr: CSR, topic: str) -> PushCertificate | None:
    predecessor = PushCertificate.objects.select_for_update().active().filter(topic=topic).first()
    if predecessor:
        PushCertificate.objects.filter(pk=predecessor.pk).update(
            state=PushCertificate.State.SUPERSEDED
        )
        record("supersede", by=Actor(name="portal"), csr=csr, push_certificate=predecessor)
    return predecessor
