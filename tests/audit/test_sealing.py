"""The sealer: in order, nothing left out, once, whoever dies and however many there are."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from onboarding import lifecycle, tasks, trail_watch
from onboarding.audit import encoding, reading, sealing
from onboarding.audit.verification import Walk
from onboarding.models import Alarm, Customer, Event, EventSeal, UnsealedEvent, User
from tests.audit import bending
from tests.audit.conftest import of


def findings() -> list[str]:
    walk = Walk()
    for _ in walk.pages():
        pass
    walk.finish()
    return [one.sentence for one in walk.findings]


def test_every_event_is_sealed_once_in_the_order_of_the_chain(write: None) -> None:
    tasks.seal_events()
    tasks.seal_events()

    events = Event.objects.order_by("pk").values_list("pk", flat=True)
    seals = EventSeal.objects.values_list("seq", "event_id")
    assert [*seals] == [*enumerate(events, start=1)]
    assert not UnsealedEvent.objects.exists()
    assert findings() == []


def test_it_goes_on_in_batches(write: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 7)

    assert sealing.seal(now=timezone.now()) == Event.objects.count()
    assert findings() == []


def test_what_is_committed_late_is_sealed_though_larger_ids_were_sealed_before(
    chain: int, acme: Customer
) -> None:
    """As of a transaction that took its id, and was slower than the others."""
    bending.run(
        "INSERT INTO onboarding_event (id, at, verb, actor_name, facts)"
        " VALUES (-5, %s, 'approve', 'Sam', '{}')",
        timezone.now(),
    )

    sealing.seal(now=timezone.now())

    assert EventSeal.objects.get(event_id=-5).seq == chain + 1
    assert findings() == []


@pytest.mark.parametrize("point", ["encoded", "link"])
def test_a_sealer_that_dies_leaves_nothing_half_done(
    write: None, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, passed = getattr(encoding, point), 0

    def dies(*arguments: object) -> object:
        nonlocal passed
        passed += 1
        if passed == 5:
            raise SystemExit
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(encoding, point, dies)
        with pytest.raises(SystemExit):
            sealing.seal(now=timezone.now())

    assert not EventSeal.objects.exists()
    assert UnsealedEvent.objects.count() == Event.objects.count()
    sealing.seal(now=timezone.now())
    assert findings() == []


def test_of_two_sealers_with_the_same_end_of_the_chain_one_seals(
    chain: int, ada: User, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second had read the end of the chain before the first committed."""
    lifecycle.set_apple_account(acme, apple_account="x@acme.example", by=of(ada))
    stale = reading.waiting(10)
    sealing.seal(now=timezone.now())
    with monkeypatch.context() as patched:
        patched.setattr(reading, "waiting", lambda _limit: stale)

        assert sealing.seal(now=timezone.now()) == 0

    assert EventSeal.objects.count() == chain + 1
    assert findings() == []


def test_an_event_that_is_rolled_back_waits_for_no_seal(chain: int, acme: Customer) -> None:
    with transaction.atomic():
        bending.run(
            "INSERT INTO onboarding_event (id, at, verb, actor_name, facts)"
            " VALUES (-5, %s, 'approve', 'Sam', '{}')",
            timezone.now(),
        )
        transaction.set_rollback(True)

    assert sealing.seal(now=timezone.now()) == 0


def test_the_encoding_holds_every_column() -> None:
    columns = {field.column for field in Event._meta.concrete_fields}

    assert set(encoding.COLUMNS) == columns


def test_the_encoding_of_version_1_stays_as_it_is() -> None:
    """Chains are verified years later: whoever changes it makes a version 2."""
    row = (
        *(7, "2026-01-02 03:04:05.000006", "approve", None, "Zoë"),
        *("ab" * 16, None, None, None, '{"b": 1, "a": "ü"}', "192.0.2.1", None),
    )

    assert encoding.encoded(row) == (
        b'[1,7,1767323045000006,"approve",null,"Zo\\u00eb","abababababababababababababababab",'
        b'null,null,null,{"a":"\\u00fc","b":1},"192.0.2.1",null]'
    )


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"b": "x", "a": '\u00fc " \\ \n \u2028 \U0001f511'},
        {"a": 1, "c": [1, {"z": None, "y": True}], "b": {"d": 1.5, "c": "\x7f"}},
        {"a": True, "b": "1"},
    ],
)
def test_the_encoding_is_json_as_python_writes_it(facts: dict[str, object]) -> None:
    row = (
        *(
            7,
            datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
            'a"b\\',
            UUID(int=7).hex,
            "Zo\u00eb \x00",
        ),
        *(None, "ab" * 16, None, 12, json.dumps(facts), "192.0.2.1", None),
    )
    values = [
        *(1, 7, 1767323045000006, 'a"b\\', UUID(int=7).hex, "Zo\u00eb \x00"),
        *(None, "ab" * 16, None, 12, facts, "192.0.2.1", None),
    ]

    assert (
        encoding.encoded(row) == json.dumps(values, separators=(",", ":"), sort_keys=True).encode()
    )


def test_staff_hear_of_a_sealer_that_falls_behind_until_it_is_back(write: None) -> None:
    now = timezone.now()
    assert trail_watch.behind(now=now) == ""

    late = trail_watch.behind(now=now + timedelta(seconds=90))
    sealing.seal(now=now)

    assert "not sealed into the audit trail yet" in late
    assert trail_watch.behind(now=now + timedelta(seconds=90)) == ""


def test_the_watch_raises_what_the_trail_needs(
    write: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_watch, "BEHIND", timedelta(seconds=-1))

    tasks.watch_trail()
    raised = Alarm.objects.open().get(kind=Alarm.Kind.TRAIL)
    monkeypatch.undo()
    tasks.seal_events()
    tasks.watch_trail()

    assert raised.about == "sealer"
    assert not Alarm.objects.open().filter(kind=Alarm.Kind.TRAIL, about="sealer").exists()
