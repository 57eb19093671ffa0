"""The signer reports: one result, whatever is delivered twice or races."""

from hashlib import sha256

import pytest

from onboarding import errors, lifecycle, signed_request
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Event, Mail, SeenKey, User, VendorCertificate
from onboarding.pki import certificates
from onboarding.pki.chain import Chain
from pushportal.sandbox.authority import Authority


def test_a_signed_csr_keeps_what_the_file_is_made_from(signed: CSR) -> None:
    content = signed_request.assemble(signed)

    assert signed.state == CSR.State.SIGNED
    assert len(bytes(signed.signature or b"")) == 256
    assert sha256(content).hexdigest() == signed.push_request_sha256


def test_the_stand_in_for_apple_takes_the_file(signed: CSR, apple: Authority) -> None:
    content = signed_request.assemble(signed)

    issued = apple.create(content, account="push@acme.example", now=signed.state_since)

    assert issued.topic.startswith("com.apple.mgmt.External.")


def test_a_changed_signature_is_not_handed_out(signed: CSR) -> None:
    CSR.objects.filter(pk=signed.pk).update(signature=bytes(256))
    signed.refresh_from_db()

    with pytest.raises(errors.DamagedRecord, match="recorded fingerprint"):
        signed_request.assemble(signed)


def test_there_is_no_file_before_the_signature(approved: CSR) -> None:
    with pytest.raises(errors.WrongState, match="not signed yet"):
        signed_request.assemble(approved)


def test_the_second_of_two_results_is_refused(signed: CSR) -> None:
    assert signed.vendor_certificate is not None

    with pytest.raises(errors.WrongState):
        lifecycle.record_signature(
            signed,
            signature=b"other",
            vendor_certificate=signed.vendor_certificate,
            push_request_sha256="0" * 64,
            by=Actor.signer(),
        )

    signed.refresh_from_db()
    assert bytes(signed.signature or b"") != b"other"
    assert Event.objects.filter(csr=signed, verb="record_signature").count() == 1
    assert Mail.objects.filter(csr=signed, kind=Mail.Kind.READY).count() == 1


def test_only_the_signer_records_a_failure(approved: CSR, sam: User) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.record_failure(approved, error=errors.InvalidCSR("x"), by=Actor.of(sam))


def test_only_the_signer_records_a_signature(
    approved: CSR, sam: User, sue: User, signed_at_globex: CSR
) -> None:
    vendor_certificate = signed_at_globex.vendor_certificate
    assert vendor_certificate is not None
    CSR.objects.filter(pk=approved.pk).update(state=CSR.State.APPROVED)

    with pytest.raises(errors.NotAllowed):
        lifecycle.record_signature(
            approved,
            signature=b"forged",
            vendor_certificate=vendor_certificate,
            push_request_sha256="0" * 64,
            by=Actor.of(sam),
        )


def test_a_failure_asks_for_a_new_decision(approved: CSR, sam: User) -> None:
    lifecycle.record_failure(approved, error=errors.UnfitKey("The key is weak."), by=Actor.signer())

    assert (approved.state, approved.failure_code) == (CSR.State.FAILED, "unfit_key")
    assert not approved.approvals.exists()
    event = Event.objects.get(csr=approved, verb="record_failure")
    assert (event.customer, event.facts["code"]) == (approved.customer, "unfit_key")
    lifecycle.approve(approved, by=Actor.of(sam))
    assert (approved.state, approved.failure_code) == (CSR.State.APPROVED, "")


def test_a_vendor_certificate_is_announced_once(db: None, apple: Authority) -> None:
    chain = Chain.of_pem(_chain(apple))

    first = lifecycle.announce_vendor_certificate(chain, by=Actor.signer())
    again = lifecycle.announce_vendor_certificate(chain, by=Actor.signer())

    assert first == again
    assert VendorCertificate.objects.count() == 1
    assert Event.objects.filter(verb="announce_vendor_certificate").count() == 1


def test_only_the_signer_announces_a_vendor_certificate(sam: User, apple: Authority) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.announce_vendor_certificate(Chain.of_pem(_chain(apple)), by=Actor.of(sam))


def test_a_key_that_a_customer_brought_is_no_vendor_key(acme: Customer, apple: Authority) -> None:
    chain = Chain.of_pem(_chain(apple))
    SeenKey.objects.create(
        public_key_sha256=certificates.key_fingerprint(chain.leaf.public_key()), customer=acme
    )

    with pytest.raises(errors.InvalidIdentity, match="in other hands"):
        lifecycle.announce_vendor_certificate(chain, by=Actor.signer())

    assert not VendorCertificate.objects.exists()


def _chain(apple: Authority) -> str:
    identity = apple.vendor_identity.read_text()
    return identity[identity.index("-----BEGIN CERTIFICATE") :]
