"""Nothing in a file of results is believed: what was changed, exchanged or made up."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from onboarding.models import CSR
from signing.airgap.results import Failure, Signature
from signing.airgap.take import Outcome, take
from signing.airgap.verdict import Desk
from signing.sign import Bench
from tests.signing.airgap import break_csr, outcomes, signature, signed, states, three_failures
from tests.signing.vendor import Vendor, csr_der


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
