"""The chain that results come with: judged down to the root, announced once, kept."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding import errors, signed_request
from onboarding.models import CSR, Event, VendorCertificate
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust
from pushportal.sandbox import keyring
from pushportal.sandbox.keyring import Member
from signing.airgap import verdict
from signing.airgap.take import Outcome, take
from signing.airgap.verdict import Desk
from signing.identity import SigningIdentity
from signing.sign import Bench
from tests.signing.airgap import outcomes, signed, states
from tests.signing.vendor import Vendor


def test_the_recorded_chain_is_the_one_that_is_judged_and_handed_out(
    three: list[CSR], bench: Bench, desk: Desk, vendor: Vendor, now: datetime
) -> None:
    """Apple issued its intermediate anew, and only the offline machine has it."""
    ring = vendor.apple.keyring
    other = Chain.of_pem(vendor.leaf + reissued(ring.wwdr, ring.root, now) + ring.root.pem)
    assert other.pem != vendor.chain

    take(signed(three[:1], bench), desk=verdict.prepare(other, trust=vendor.trust, now=now))

    assert states(three[:1]) == ["signed"]
    assert vendor.apple.check(signed_request.assemble(three[0]), now=datetime.now(UTC))


def test_an_unknown_vendor_certificate_is_announced_once(
    db: None, signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    assert not verdict.is_known(signer.chain)

    verdict.prepare(signer.chain, trust=vendor.trust, now=now)
    verdict.prepare(signer.chain, trust=vendor.trust, now=now)

    assert verdict.is_known(signer.chain)
    assert VendorCertificate.objects.get().chain == vendor.chain
    assert Event.objects.filter(verb="announce_vendor_certificate").count() == 1


def test_a_chain_that_has_expired_meanwhile_takes_nothing_in(
    db: None, signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    with pytest.raises(errors.InvalidIdentity, match="expired on"):
        verdict.prepare(signer.chain, trust=vendor.trust, now=now + timedelta(days=400))

    assert not VendorCertificate.objects.exists()


def test_a_chain_under_another_root_takes_nothing_in(
    db: None, signer: SigningIdentity, now: datetime
) -> None:
    with pytest.raises(errors.InvalidIdentity, match="not fit"):
        verdict.prepare(signer.chain, trust=Trust.apple(), now=now)

    assert not VendorCertificate.objects.exists()


def test_a_customers_push_certificate_takes_nothing_in(
    db: None, vendor: Vendor, now: datetime
) -> None:
    ring = vendor.apple.keyring
    pem = vendor.push_certificate() + ring.push_ca.pem + ring.root.pem

    with pytest.raises(errors.InvalidIdentity, match="customer's push certificate"):
        verdict.prepare(Chain.of_pem(pem), trust=vendor.trust, now=now)

    assert not VendorCertificate.objects.exists()


def test_a_signature_under_another_certificate_stays(
    three: list[CSR], bench: Bench, desk: Desk, vendor: Vendor, now: datetime
) -> None:
    take(signed(three[:1], bench), desk=desk)
    renewed = renewed_chain(vendor, desk, now)
    other = verdict.prepare(renewed, trust=vendor.trust, now=now)

    taken = take(signed(three[:1], bench), desk=other)

    assert outcomes(taken) == [Outcome.ALREADY]
    assert "another vendor certificate meanwhile; that signature stays" in taken[0].sentence
    assert CSR.objects.get(pk=three[0].pk).vendor_certificate == desk.vendor_certificate


def renewed_chain(vendor: Vendor, desk: Desk, now: datetime) -> Chain:
    """Another certificate for the vendor's key."""
    uppers = desk.bench.identity.chain.pem.removeprefix(vendor.leaf)
    return Chain.of_pem(vendor.certificate(end=now + timedelta(days=200)) + uppers)


def reissued(intermediate: Member, root: Member, now: datetime) -> str:
    """Another certificate for the intermediate's key and name, by the same root."""
    certificate = keyring.certify(
        intermediate.certificate.subject,
        intermediate.key.public_key(),
        list(intermediate.certificate.extensions),
        issuer=root.certificate.subject,
        issuer_key=root.key,
        between=(now - timedelta(days=1), now + timedelta(days=900)),
        serial=keyring.serial_number(octets=8),
    )
    return certificate.public_bytes(Encoding.PEM).decode()
