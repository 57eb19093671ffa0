"""The batch, the rate and the daily cap of a signer; staff are told when the cap is reached."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django import Settings

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Alarm, Customer, Event, SigningDay, User
from signing import drain, pace, pulse, tasks
from signing.sign import Bench, SignedRequest
from tests.signing.vendor import Vendor, csr_der


@pytest.fixture(autouse=True)
def signer(settings: Settings, vendor: Vendor) -> Iterator[None]:
    settings.TRUST_ANCHORS = vendor.apple.anchors_pem
    settings.SIGNING_IDENTITY = vendor.pem().as_uri()
    settings.SIGNING_IDENTITY_PASSPHRASE = None
    settings.SIGNER_NAME = "signer-1"
    yield
    settings.TRUST_ANCHORS = None


@pytest.fixture(scope="module")
def push_keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(4)]


@pytest.fixture
def four(acme: Customer, ada: User, sam: User, push_keys: list[rsa.RSAPrivateKey]) -> list[CSR]:
    csrs = []
    for key in push_keys:
        csr = lifecycle.submit_upload(acme, der=csr_der(key), upload="", by=Actor.of(ada))
        lifecycle.approve(csr, by=Actor.of(sam))
        csrs.append(csr)
    return csrs


def signed() -> int:
    return CSR.objects.filter(state=CSR.State.SIGNED).count()


def test_the_cap_ends_the_round_and_staff_are_told(four: list[CSR], settings: Settings) -> None:
    settings.SIGNING_DAILY_CAP = 3

    tasks.sign_approved()

    assert signed() == 3
    assert SigningDay.objects.get().signed == 3
    alarm = Alarm.objects.open().get()
    assert (alarm.kind, alarm.about) == (Alarm.Kind.CAP_REACHED, "signer-1")
    assert "has reached its daily cap of 3 CSRs" in alarm.sentence


def test_a_cap_that_was_just_enough_alarms_nobody(four: list[CSR], settings: Settings) -> None:
    settings.SIGNING_DAILY_CAP = 4

    tasks.sign_approved()

    assert signed() == 4
    assert not Alarm.objects.exists()


def test_the_next_day_signs_on_and_clears_the_alarm(
    four: list[CSR], settings: Settings, now: datetime
) -> None:
    settings.SIGNING_DAILY_CAP = 3
    tasks.sign_approved()

    drain.run(now=now + timedelta(days=1))

    assert signed() == 4
    assert not Alarm.objects.open().exists()
    assert [day.signed for day in SigningDay.objects.order_by("day")] == [3, 1]


@pytest.mark.parametrize("cap", [0, 3, 4])
def test_a_signer_without_work_ends_the_alarm_once_its_cap_is_open(
    four: list[CSR], settings: Settings, cap: int
) -> None:
    settings.SIGNING_DAILY_CAP = 3
    tasks.sign_approved()
    settings.SIGNING_DAILY_CAP = cap

    pulse.pulse()

    assert Alarm.objects.open().exists() == (cap == 3)


def test_each_signer_has_a_cap_of_its_own(four: list[CSR], settings: Settings) -> None:
    settings.SIGNING_DAILY_CAP = 2
    tasks.sign_approved()
    settings.SIGNER_NAME = "signer-2"

    tasks.sign_approved()

    assert signed() == 4
    assert {day.signer: day.signed for day in SigningDay.objects.all()} == {
        "signer-1": 2,
        "signer-2": 2,
    }


def test_another_process_of_the_signer_cannot_pass_the_cap(
    four: list[CSR], settings: Settings, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    """While this one signs its batch of two, the other uses up what was left."""
    settings.SIGNING_DAILY_CAP, settings.SIGNING_BATCH = 2, 2
    sign, pending = Bench.sign, [True]

    def meanwhile(bench: Bench, csr_der: bytes) -> SignedRequest:
        if pending:
            pending.pop()
            SigningDay.objects.create(signer="signer-1", day=now.date(), signed=1)
        return sign(bench, csr_der)

    monkeypatch.setattr(Bench, "sign", meanwhile)

    drain.run(now=now)

    assert signed() == 1
    assert SigningDay.objects.get().signed == 2


def test_what_moved_on_does_not_count(
    four: list[CSR],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    ada: User,
    now: datetime,
) -> None:
    settings.SIGNING_DAILY_CAP = 10
    sign, pending = Bench.sign, [True]

    def meanwhile(bench: Bench, csr_der: bytes) -> SignedRequest:
        if pending:
            pending.pop()
            lifecycle.withdraw(four[0], by=Actor.of(ada))
        return sign(bench, csr_der)

    monkeypatch.setattr(Bench, "sign", meanwhile)

    drain.run(now=now)

    assert SigningDay.objects.get().signed == signed() == 3


def test_without_a_cap_nothing_is_counted(four: list[CSR]) -> None:
    tasks.sign_approved()

    assert signed() == 4
    assert not SigningDay.objects.exists()


def test_the_rate_spaces_the_batches(
    four: list[CSR], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIGNING_RATE = 2
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)

    tasks.sign_approved()

    assert signed() == 4
    assert len(waited) == 2
    # Two CSRs at two per second: a second less what signing took.
    assert all(0 < seconds <= 1 for seconds in waited)


def test_without_a_rate_nobody_waits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited"))

    pace.rest(5, since=time.monotonic())


def test_the_event_says_where_it_was_signed(four: list[CSR]) -> None:
    tasks.sign_approved()

    facts = Event.objects.filter(verb="record_signature").values_list("facts", flat=True)
    assert {fact["signer"] for fact in facts} == {"signer-1"}
