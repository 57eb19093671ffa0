"""Results from the offline machine: nothing in them is believed, each is verified as always."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import OperationalError
from pytest_django import Settings

from onboarding import errors, lifecycle, signed_request
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Event, Mail, User, VendorCertificate
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust
from pushportal.sandbox import keyring
from pushportal.sandbox.authority import Authority
from pushportal.sandbox.keyring import Member
from signing import tasks
from signing.airgap import offline, verdict
from signing.airgap.export import Waiting
from signing.airgap.results import Failure, Result, Signature
from signing.airgap.take import Outcome, Taken, take
from signing.airgap.verdict import Desk, Replayed
from signing.identity import SigningIdentity
from signing.sign import Bench, set_up
from tests.signing.test_drain import event_refused
from tests.signing.vendor import Vendor, csr_der

Took = Callable[..., list[Taken]]


@pytest.fixture(scope="session")
def push_keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]


@pytest.fixture
def three(acme: Customer, ada: User, sam: User, push_keys: list[rsa.RSAPrivateKey]) -> list[CSR]:
    """Approved one after the other."""
    csrs = [
        lifecycle.submit_upload(acme, der=csr_der(key), upload="", by=Actor.of(ada))
        for key in push_keys
    ]
    for csr in csrs:
        lifecycle.approve(csr, by=Actor.of(sam))
    return csrs


@pytest.fixture
def bench(signer: SigningIdentity, vendor: Vendor, now: datetime) -> Bench:
    return set_up(signer, trust=vendor.trust, now=now)


@pytest.fixture
def desk(db: None, signer: SigningIdentity, vendor: Vendor, now: datetime) -> Desk:
    return verdict.prepare(signer.chain, trust=vendor.trust, now=now)


@pytest.fixture
def online(settings: Settings, vendor: Vendor, apple: Authority) -> Callable[[], None]:
    """The online signer, with the same identity."""
    settings.TRUST_ANCHORS = apple.anchors_pem
    settings.SIGNING_IDENTITY = vendor.pem().as_uri()
    settings.SIGNING_IDENTITY_PASSPHRASE = None
    return tasks.sign_approved


def signed(csrs: list[CSR], bench: Bench) -> list[Result]:
    """What the offline machine makes of these rows."""
    return [offline.sign(waiting(csr), bench=bench) for csr in csrs]


def waiting(csr: CSR) -> Waiting:
    return Waiting(csr.pk, csr.customer.name, "", csr.public_key_sha256, bytes(csr.der or b""))


def signature(result: Result) -> Signature:
    assert isinstance(result, Signature)
    return result


def states(csrs: list[CSR]) -> list[str]:
    for csr in csrs:
        csr.refresh_from_db()
    return [csr.state for csr in csrs]


def outcomes(taken: list[Taken]) -> list[Outcome]:
    return [one.outcome for one in taken]


def break_csr(csr: CSR, der: bytes) -> None:
    """What the database could do to a CSR after its approval."""
    CSR.objects.filter(pk=csr.pk).update(der=der)
    csr.refresh_from_db()


def test_results_become_the_states_and_events_of_the_online_signer(
    three: list[CSR], bench: Bench, desk: Desk, apple: Authority
) -> None:
    taken = take(signed(three, bench), desk=desk)

    assert outcomes(taken) == [Outcome.SIGNED] * 3
    assert states(three) == ["signed"] * 3
    for csr in three:
        event = Event.objects.get(csr=csr, verb="record_signature")
        assert (event.actor, event.actor_name) == (None, "signer")
        assert event.vendor_certificate == csr.vendor_certificate == desk.vendor_certificate
        assert Mail.objects.filter(csr=csr, kind=Mail.Kind.READY).exists()
        assert apple.check(signed_request.assemble(csr), now=datetime.now(UTC))


def test_the_bytes_are_those_of_the_online_signer(
    three: list[CSR], bench: Bench, desk: Desk, online: Callable[[], None]
) -> None:
    made = signed(three, bench)
    online()

    taken = take(made, desk=desk)

    assert outcomes(taken) == [Outcome.ALREADY] * 3
    assert [one.sentence for one in taken] == [""] * 3
    assert [bytes(CSR.objects.get(pk=one.csr_id).signature or b"") for one in made] == [
        signature(one).signature for one in made
    ]


def test_a_second_import_changes_nothing(three: list[CSR], bench: Bench, desk: Desk) -> None:
    break_csr(three[0], b"damaged")
    made = signed(three, bench)
    take(made, desk=desk)
    events, mails = Event.objects.count(), Mail.objects.count()

    taken = take(made, desk=desk)

    assert outcomes(taken) == [Outcome.ALREADY] * 3
    assert (Event.objects.count(), Mail.objects.count()) == (events, mails)


def test_one_result_that_stands_twice_in_the_file_is_recorded_once(
    three: list[CSR], bench: Bench, desk: Desk
) -> None:
    [one] = signed(three[:1], bench)

    taken = take([one, one], desk=desk)

    assert outcomes(taken) == [Outcome.SIGNED, Outcome.ALREADY]
    assert Event.objects.filter(csr=three[0], verb="record_signature").count() == 1


def test_what_was_withdrawn_meanwhile_is_left_alone(
    three: list[CSR], bench: Bench, desk: Desk, ada: User
) -> None:
    made = signed(three, bench)
    lifecycle.withdraw(three[1], by=Actor.of(ada))

    taken = take(made, desk=desk)

    assert outcomes(taken) == [Outcome.SIGNED, Outcome.LEFT, Outcome.SIGNED]
    assert "now “Withdrawn”" in taken[1].sentence
    assert states(three) == ["signed", "withdrawn", "signed"]
    assert three[1].signature is None


def test_what_was_withdrawn_after_its_import_is_left_alone(
    three: list[CSR], bench: Bench, desk: Desk, ada: User
) -> None:
    made = signed(three[:1], bench)
    take(made, desk=desk)
    lifecycle.withdraw(three[0], by=Actor.of(ada))

    assert outcomes(take(made, desk=desk)) == [Outcome.LEFT]


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


def test_a_changed_signature_is_refused_and_the_others_go_in(
    three: list[CSR], bench: Bench, desk: Desk
) -> None:
    made = signed(three, bench)
    made[1] = replace(signature(made[1]), signature=signature(made[0]).signature)

    taken = take(made, desk=desk)

    assert outcomes(taken) == [Outcome.SIGNED, Outcome.REFUSED, Outcome.SIGNED]
    assert taken[1].name == str(three[1].pk)
    assert "signature was not made over this CSR" in taken[1].sentence
    assert states(three) == ["signed", "approved", "signed"]


@pytest.mark.parametrize("junk", [b"", b"\0" * 256, b"x" * 100_000])
def test_junk_in_place_of_a_signature_is_refused(
    three: list[CSR], bench: Bench, desk: Desk, junk: bytes
) -> None:
    made = [replace(signature(signed(three[:1], bench)[0]), signature=junk)]

    assert outcomes(take(made, desk=desk)) == [Outcome.REFUSED]
    assert states(three[:1]) == ["approved"]


def test_another_csr_than_the_rows_is_refused_though_signed(
    three: list[CSR], bench: Bench, desk: Desk
) -> None:
    other = replace(signature(signed(three[1:2], bench)[0]), csr_id=three[0].pk)

    taken = take([other], desk=desk)

    assert outcomes(taken) == [Outcome.REFUSED]
    assert "holds another CSR than the one that is kept here" in taken[0].sentence
    assert states(three[:1]) == ["approved"]


def test_a_csr_exchanged_in_the_database_after_the_export_is_refused(
    three: list[CSR], bench: Bench, desk: Desk, push_key: rsa.RSAPrivateKey
) -> None:
    made = signed(three[:1], bench)
    break_csr(three[0], csr_der(push_key))

    assert outcomes(take(made, desk=desk)) == [Outcome.REFUSED]


def test_a_csr_exchanged_before_the_export_fails(
    three: list[CSR], bench: Bench, desk: Desk, push_key: rsa.RSAPrivateKey
) -> None:
    break_csr(three[0], csr_der(push_key))
    made = signed(three[:1], bench)
    assert isinstance(made[0], Failure)

    taken = take(made, desk=desk)

    assert outcomes(taken) == [Outcome.FAILED]
    assert "is not the one that was submitted" in three_failures(three)[0]


def test_a_key_that_is_not_the_submitted_one_fails_whatever_the_file_says(
    three: list[CSR], bench: Bench, desk: Desk, push_key: rsa.RSAPrivateKey
) -> None:
    """Someone changed both the row and the export: the file carries a good signature."""
    break_csr(three[0], csr_der(push_key))
    good = bench.sign(bytes(three[0].der or b"")).signature

    taken = take([Signature(three[0].pk, bytes(three[0].der or b""), good)], desk=desk)

    assert outcomes(taken) == [Outcome.FAILED]
    assert states(three[:1]) == ["failed"]
    assert three[0].failure_code == "damaged_record"


def test_the_vendors_own_key_fails(
    three: list[CSR], bench: Bench, desk: Desk, vendor: Vendor
) -> None:
    break_csr(three[0], csr_der(vendor.key))
    own = bench.frame.vendor_key_sha256
    CSR.objects.filter(pk=three[0].pk).update(public_key_sha256=own)
    three[0].refresh_from_db()
    good = Signature(three[0].pk, csr_der(vendor.key), bench.identity.sign(csr_der(vendor.key)))

    for result in (good, *signed(three[:1], bench)):
        [one] = take([result], desk=desk)
        assert one.outcome in {Outcome.FAILED, Outcome.ALREADY}

    assert three_failures(three)[0].startswith("The CSR was made with the vendor's own key")


def test_one_bad_csr_fails_alone_with_the_online_signers_reason(
    three: list[CSR], bench: Bench, desk: Desk, sam: User, online: Callable[[], None]
) -> None:
    break_csr(three[1], b"\x30\x03\x02\x01\x05")
    take(signed(three, bench), desk=desk)
    assert states(three) == ["signed", "failed", "signed"]
    event = Event.objects.get(csr=three[1], verb="record_failure")
    assert not three[1].approvals.exists()
    lifecycle.approve(three[1], by=Actor.of(sam))

    online()

    again = Event.objects.filter(csr=three[1], verb="record_failure").last()
    assert again is not None
    assert again.pk != event.pk
    assert again.actor_name == event.actor_name


def test_a_failure_is_not_believed(three: list[CSR], desk: Desk) -> None:
    der = bytes(three[0].der or b"")
    false = Failure(three[0].pk, der, "unfit_key", "Call 555-EVIL to have it mended.")

    taken = take([false], desk=desk)

    assert outcomes(taken) == [Outcome.REFUSED]
    assert "nothing is wrong with it here" in taken[0].sentence
    assert "EVIL" not in taken[0].sentence
    assert states(three[:1]) == ["approved"]


def test_the_reason_that_is_recorded_is_found_here(three: list[CSR], desk: Desk) -> None:
    break_csr(three[0], b"damaged")
    der = bytes(three[0].der or b"")

    take([Failure(three[0].pk, der, "evil", "Call 555-EVIL.")], desk=desk)

    assert states(three[:1]) == ["failed"]
    assert "EVIL" not in three[0].failure_sentence
    assert three[0].failure_code != "evil"


def test_a_csr_of_another_portal_is_refused(three: list[CSR], bench: Bench, desk: Desk) -> None:
    made = signed(three, bench)
    made[2] = replace(made[2], csr_id=desk.vendor_certificate.pk)

    taken = take(made, desk=desk)

    assert outcomes(taken) == [Outcome.SIGNED, Outcome.SIGNED, Outcome.REFUSED]
    assert "of another portal" in taken[2].sentence


def test_what_the_database_refuses_is_told_and_the_others_go_in(
    three: list[CSR], bench: Bench, desk: Desk
) -> None:
    made = signed(three, bench)

    with event_refused(three[1]):
        taken = take(made, desk=desk)

        assert outcomes(taken) == [Outcome.SIGNED, Outcome.REFUSED, Outcome.SIGNED]
    assert "The database did not take it" in taken[1].sentence
    assert states(three) == ["signed", "approved", "signed"]
    assert outcomes(take(made, desk=desk)) == [Outcome.ALREADY, Outcome.SIGNED, Outcome.ALREADY]


def test_a_database_in_trouble_ends_the_import(
    three: list[CSR], bench: Bench, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    def gone(signatures: object, **_: object) -> None:
        tried.append(signatures)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(lifecycle, "record_signatures", gone)

    with pytest.raises(OperationalError):
        take(signed(three, bench), desk=desk)

    assert len(tried) == 1


def test_an_identity_that_fails_offline_fails_no_csr(three: list[CSR], bench: Bench) -> None:
    broken = replace(bench, identity=Replayed(bench.identity.chain, b"of a broken token"))

    with pytest.raises(errors.InvalidIdentity, match="not fit"):
        signed(three, broken)


def test_the_event_says_where_it_was_signed(three: list[CSR], bench: Bench, desk: Desk) -> None:
    take(signed(three[:1], bench), desk=desk)

    assert Event.objects.get(verb="record_signature").facts["signer"] == "air-gapped"


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


def three_failures(csrs: list[CSR]) -> list[str]:
    states(csrs)
    return [csr.failure_sentence for csr in csrs]


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
