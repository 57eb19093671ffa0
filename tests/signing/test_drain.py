"""The signer's round: what is approved is signed once; who is to blame pays, nobody else."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import OperationalError, connection
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from onboarding import errors, lifecycle, queue, signed_request
from onboarding.lifecycle import Actor, Signature
from onboarding.models import CSR, Alarm, Customer, Event, User, VendorCertificate
from pushportal.sandbox.authority import Authority
from signing import drain, tasks
from signing.sign import Bench, SignedRequest
from tests.signing.vendor import PASSPHRASE, Vendor, csr_der

Approve = Callable[..., CSR]


@pytest.fixture(autouse=True)
def identity_in_settings(settings: Settings, vendor: Vendor) -> Iterator[None]:
    settings.TRUST_ANCHORS = vendor.apple.anchors_pem
    settings.SIGNING_IDENTITY = vendor.pem(passphrase=PASSPHRASE).as_uri()
    settings.SIGNING_IDENTITY_PASSPHRASE = PASSPHRASE
    yield
    settings.TRUST_ANCHORS = None


@pytest.fixture(scope="session")
def push_keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]


@pytest.fixture
def approve(acme: Customer, ada: User, sam: User) -> Approve:
    """Upload a CSR for the key as Ada and approve it as Sam."""

    def approved(key: rsa.RSAPrivateKey) -> CSR:
        csr = lifecycle.submit_upload(acme, der=csr_der(key), upload="", by=Actor.of(ada))
        lifecycle.approve(csr, by=Actor.of(sam))
        return csr

    return approved


@pytest.fixture
def three(approve: Approve, push_keys: list[rsa.RSAPrivateKey]) -> list[CSR]:
    """Approved one after the other."""
    return [approve(key) for key in push_keys]


def states(csrs: list[CSR]) -> list[str]:
    for csr in csrs:
        csr.refresh_from_db()
    return [csr.state for csr in csrs]


def break_csr(csr: CSR, der: bytes) -> None:
    """What the database could do to a CSR after its approval."""
    CSR.objects.filter(pk=csr.pk).update(der=der)


def test_everything_approved_is_signed_oldest_first(
    three: list[CSR], apple: Authority, settings: Settings
) -> None:
    settings.SIGNING_BATCH = 1

    tasks.sign_approved()

    assert states(three) == ["signed"] * 3
    signed = Event.objects.filter(verb="record_signature").values_list("csr", flat=True)
    assert list(signed) == [csr.pk for csr in three]
    for csr in three:
        assert apple.check(signed_request.assemble(csr), now=datetime.now(UTC))


def test_what_waits_is_taken_in_batches(three: list[CSR], settings: Settings) -> None:
    settings.SIGNING_BATCH = 1
    CSR.objects.update(state_since=three[0].state_since)

    tasks.sign_approved()

    assert states(three) == ["signed"] * 3


def test_what_is_not_approved_is_left_alone(three: list[CSR], ada: User) -> None:
    lifecycle.withdraw(three[1], by=Actor.of(ada))

    tasks.sign_approved()

    assert states(three) == ["signed", "withdrawn", "signed"]


def test_a_second_round_changes_nothing(three: list[CSR]) -> None:
    tasks.sign_approved()
    events = Event.objects.count()

    tasks.sign_approved()

    assert Event.objects.count() == events


def test_a_poisoned_csr_fails_alone(three: list[CSR], caplog: pytest.LogCaptureFixture) -> None:
    break_csr(three[0], b"\x30\x03\x02\x01\x05")

    tasks.sign_approved()

    assert states(three) == ["failed", "signed", "signed"]
    assert three[0].failure_code == "invalid_csr"
    assert three[0].failure_sentence in caplog.text


def test_the_vendors_own_key_fails(three: list[CSR], vendor: Vendor) -> None:
    break_csr(three[1], csr_der(vendor.key))

    tasks.sign_approved()

    assert states(three) == ["signed", "failed", "signed"]
    assert three[1].failure_code == "key_reused"


def test_a_csr_exchanged_after_its_approval_fails(
    three: list[CSR], push_key: rsa.RSAPrivateKey
) -> None:
    break_csr(three[2], csr_der(push_key))

    tasks.sign_approved()

    assert states(three) == ["signed", "signed", "failed"]
    assert "is not the one that was submitted" in three[2].failure_sentence


def test_a_failed_csr_is_signed_once_it_is_mended_and_approved_again(
    three: list[CSR], sam: User, push_keys: list[rsa.RSAPrivateKey]
) -> None:
    break_csr(three[0], b"damaged")
    tasks.sign_approved()
    break_csr(three[0], csr_der(push_keys[0]))
    three[0].refresh_from_db()
    lifecycle.approve(three[0], by=Actor.of(sam))

    tasks.sign_approved()

    assert states(three) == ["signed"] * 3


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ({"SIGNING_IDENTITY": None}, "SIGNING_IDENTITY is not set"),
        ({"SIGNING_IDENTITY": "file:///nowhere.pem"}, "cannot be read"),
        ({"SIGNING_IDENTITY_PASSPHRASE": "wrong"}, "The passphrase does not open"),
        ({"TRUST_ANCHORS": None}, "cannot be completed"),
        ({"TRUST_ANCHORS": "/nowhere/anchors.pem"}, "TRUST_ANCHORS names /nowhere"),
    ],
)
def test_an_unfit_identity_fails_no_csr(
    three: list[CSR],
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    damage: dict[str, str | None],
    sentence: str,
) -> None:
    for name, value in damage.items():
        setattr(settings, name, value)

    tasks.sign_approved()

    assert states(three) == ["approved"] * 3
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert "Nothing is signed, and what is approved waits:" in caplog.text
    assert sentence in caplog.text
    assert PASSPHRASE not in caplog.text


def test_an_identity_that_expires_while_held_fails_no_csr(three: list[CSR], now: datetime) -> None:
    drain.prepare(now=now)

    with pytest.raises(errors.InvalidIdentity, match="expired on"):
        drain.run(now=now + timedelta(days=400))

    assert states(three) == ["approved"] * 3


def test_a_renewed_file_is_read_once_the_held_identity_has_expired(
    vendor: Vendor, now: datetime, db: None
) -> None:
    later = now + timedelta(days=400)
    drain.prepare(now=now)
    with pytest.raises(errors.InvalidIdentity, match="expired on"):
        drain.prepare(now=later)
    vendor.pem(passphrase=PASSPHRASE, certificates=vendor.certificate(end=later + timedelta(9)))

    desk = drain.prepare(now=later)

    assert desk.bench.identity.chain.leaf.not_valid_after_utc > later


def test_the_key_is_opened_once_per_process(db: None, now: datetime, vendor: Vendor) -> None:
    first = drain.prepare(now=now).bench.identity
    vendor.pem().unlink()

    assert drain.prepare(now=now).bench.identity is first


def test_a_withdrawal_while_signing_wins(
    three: list[CSR], ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    during(monkeypatch, lambda: lifecycle.withdraw(three[0], by=Actor.of(ada)))

    tasks.sign_approved()

    assert states(three) == ["withdrawn", "signed", "signed"]
    assert three[0].signature is None


def test_an_identity_that_fails_in_the_middle_fails_no_csr(
    three: list[CSR], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise errors.InvalidIdentity("The token was pulled out.")

    during(monkeypatch, fail)

    tasks.sign_approved()

    assert states(three) == ["approved"] * 3
    assert "waits: The token was pulled out." in caplog.text


def test_the_time_limit_ends_the_round(three: list[CSR], monkeypatch: pytest.MonkeyPatch) -> None:
    def run_out() -> None:
        raise SoftTimeLimitExceeded

    during(monkeypatch, run_out)

    with pytest.raises(SoftTimeLimitExceeded):
        tasks.sign_approved()

    assert states(three) == ["approved"] * 3


def test_a_second_signer_at_the_same_time_is_harmless(
    three: list[CSR], monkeypatch: pytest.MonkeyPatch
) -> None:
    during(monkeypatch, tasks.sign_approved)

    tasks.sign_approved()

    assert states(three) == ["signed"] * 3
    for verb in ("record_signature", "record_failure"):
        counts = [Event.objects.filter(csr=csr, verb=verb).count() for csr in three]
        assert counts == [1 if verb == "record_signature" else 0] * 3


def test_a_failure_that_came_too_late_is_thrown_away(
    three: list[CSR], ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_csr(three[0], b"damaged")
    during(monkeypatch, lambda: lifecycle.withdraw(three[0], by=Actor.of(ada)))

    tasks.sign_approved()

    assert states(three) == ["withdrawn", "signed", "signed"]


def test_what_nobody_foresaw_holds_up_nobody(
    three: list[CSR], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble() -> None:
        raise ZeroDivisionError

    during(monkeypatch, stumble)

    tasks.sign_approved()

    assert states(three) == ["approved", "signed", "signed"]
    assert f"CSR {three[0].pk} could not be signed and waits." in caplog.text


@pytest.mark.parametrize(("handed_on", "asked"), [(0, [1]), (9, [10]), (10, [])])
def test_an_unfit_signer_hands_the_nudge_on_and_stands_aside(
    three: list[CSR],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    handed_on: int,
    asked: list[int],
) -> None:
    settings.SIGNING_IDENTITY = "file:///nowhere.pem"
    sent: list[object] = []
    aside: list[float] = []
    monkeypatch.setattr(queue, "_send", lambda task, *ids: sent.append((task, *ids)))
    monkeypatch.setattr(time, "sleep", aside.append)

    tasks.sign_approved(handed_on)

    assert sent == [(queue.SIGN_APPROVED, times) for times in asked]
    assert len(aside) == len(asked)
    assert states(three) == ["approved"] * 3


def test_an_unfit_signer_hands_on_nothing_that_nobody_waits_for(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIGNING_IDENTITY = "file:///nowhere.pem"
    sent: list[str] = []
    monkeypatch.setattr(queue, "_send", lambda task, *_: sent.append(task))

    tasks.sign_approved()

    assert queue.SIGN_APPROVED not in sent


def test_a_round_that_takes_long_hands_over_to_the_next(
    three: list[CSR],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setattr(drain, "ROUND", timedelta(seconds=-1))
    asked: list[str] = []
    monkeypatch.setattr(queue, "_send", lambda task, *_: asked.append(task))

    with django_capture_on_commit_callbacks(execute=True):
        tasks.sign_approved()

    assert states(three) == ["approved"] * 3
    assert asked == [queue.SIGN_APPROVED]


def test_the_certificate_is_announced_even_when_nothing_waits(db: None, vendor: Vendor) -> None:
    tasks.sign_approved()

    assert VendorCertificate.objects.get().chain == vendor.chain


def test_a_vendor_key_in_a_customers_hands_signs_nothing(
    three: list[CSR], vendor: Vendor, acme: Customer, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    lifecycle.submit_upload(acme, der=csr_der(vendor.key), upload="", by=Actor.of(ada))

    tasks.sign_approved()

    assert states(three) == ["approved"] * 3
    assert "in other hands" in caplog.text


def test_a_chain_that_differs_from_the_recorded_one_signs_nothing(
    three: list[CSR], vendor: Vendor, caplog: pytest.LogCaptureFixture, now: datetime
) -> None:
    drain.prepare(now=now)
    VendorCertificate.objects.update(chain=vendor.leaf)

    tasks.sign_approved()

    assert states(three) == ["approved"] * 3
    assert "holds other certificates than the signing identity" in caplog.text


def test_a_round_without_work_is_cheap(
    db: None, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tasks.sign_approved()

    with django_assert_max_num_queries(9):
        tasks.sign_approved()


REFUSED = "refused by a trigger of the test"


@contextmanager
def event_refused(csr: CSR) -> Iterator[None]:
    """The database refuses this CSR's Events, as a full disk or a bug would."""
    quoted = f"'{csr.pk.hex}'" if connection.vendor == "sqlite" else f"'{csr.pk}'"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER refusal BEFORE INSERT ON onboarding_event"
                f" WHEN NEW.csr_id = {quoted} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
        else:
            cursor.execute(
                "CREATE FUNCTION refusal() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER refusal BEFORE INSERT ON onboarding_event FOR EACH ROW"
                f" WHEN (NEW.csr_id = {quoted}) EXECUTE FUNCTION refusal()"
            )
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER refusal")
        else:
            cursor.execute("DROP FUNCTION refusal CASCADE")


def test_what_cannot_be_recorded_waits_alone(
    three: list[CSR], caplog: pytest.LogCaptureFixture
) -> None:
    with event_refused(three[1]):
        tasks.sign_approved()

        assert states(three) == ["signed", "approved", "signed"]
        assert f"CSR {three[1].pk} is signed, but that cannot be recorded; it waits" in caplog.text
        assert REFUSED in caplog.text
    signed = Event.objects.filter(verb="record_signature").values_list("csr", flat=True)
    assert set(signed) == {three[0].pk, three[2].pk}

    tasks.sign_approved()

    assert states(three) == ["signed"] * 3


def test_a_database_in_trouble_ends_the_round(
    three: list[CSR], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(lifecycle, "record_signatures", gone)

    with pytest.raises(OperationalError):
        tasks.sign_approved()

    assert states(three) == ["approved"] * 3


def test_a_slow_token_gives_its_batch_back_in_pieces(
    three: list[CSR], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "LONGEST_BATCH", timedelta())
    batches = []
    record = lifecycle.record_signatures

    def counted(signatures: list[Signature], **options: Any) -> list[UUID]:
        # Any: passed on as they came.
        batches.append(len(signatures))
        return record(signatures, **options)

    monkeypatch.setattr(lifecycle, "record_signatures", counted)

    tasks.sign_approved()

    assert states(three) == ["signed"] * 3
    assert batches == [1, 1, 1]


def test_a_full_batch_calls_another_process_once(
    three: list[CSR],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.SIGNING_BATCH = 1
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(
        queue, "_send", lambda task, *_: asked.append((task, states(three).count("signed")))
    )

    with django_capture_on_commit_callbacks(execute=True):
        tasks.sign_approved()

    # While the first batch is still to be recorded.
    assert [signed for task, signed in asked if task == queue.SIGN_APPROVED] == [0]


def test_an_unfit_identity_is_told_to_staff_until_it_is_fit(
    three: list[CSR], settings: Settings, vendor: Vendor
) -> None:
    settings.SIGNER_NAME = "signer-7"
    fit = settings.SIGNING_IDENTITY
    settings.SIGNING_IDENTITY = "file:///nowhere.pem"
    tasks.sign_approved()
    tasks.sign_approved()

    alarm = Alarm.objects.open().get()

    assert (alarm.kind, alarm.about) == (Alarm.Kind.IDENTITY_UNFIT, "signer-7")
    assert "what is approved waits. The signing identity /nowhere.pem cannot be read" in (
        alarm.sentence
    )
    settings.SIGNING_IDENTITY = fit
    tasks.sign_approved()
    assert not Alarm.objects.open().exists()


def during(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen once, while the first CSR is in the signer's hands."""
    pending, sign = [happens], Bench.sign

    def interrupted(bench: Bench, csr_der: bytes) -> SignedRequest:
        if pending:
            pending.pop()()
        return sign(bench, csr_der)

    monkeypatch.setattr(Bench, "sign", interrupted)
