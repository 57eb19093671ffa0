"""A thousand ways to bend the trail, by the database's owner: each is found, and where."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from random import Random

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from onboarding.audit import comparing, leaving, places, sealing
from onboarding.audit.verification import Finding, Kind, Walk
from onboarding.models import EventSeal
from tests.audit import bending
from tests.audit.bending import Bent
from tests.audit.conftest import AUDIT_KEY, AUDIT_PUBLIC_KEY

BENDINGS = 1000


def chance_of(seed: int) -> Random:
    """The same bendings on every run."""
    return Random(seed)  # noqa: S311 - nothing is secret here


class Undo(Exception):
    """Ends a transaction as if nothing had been."""


@contextmanager
def undone() -> Iterator[None]:
    with suppress(Undo), transaction.atomic():
        yield
        raise Undo


def verified(documents: list[tuple[str, str]]) -> list[Finding]:
    return walked(documents).findings


def walked(documents: Sequence[tuple[str, str]] = ()) -> Walk:
    walk = Walk()
    for _ in walk.pages():
        pass
    comparing.compare(walk, documents, public_keys=[AUDIT_PUBLIC_KEY])
    walk.finish()
    return walk


def head() -> list[tuple[str, str]]:
    made = leaving.make([places.Storage()], audit_key=AUDIT_KEY, now=timezone.now())
    assert made
    return [("head.json", made.document)]


def is_located(bent: Bent, findings: list[Finding]) -> bool:
    """The first finding names it: by its number in the chain, or an Event in no seal by its id."""
    if not findings:
        return False
    first = findings[0]
    if bent.how == "rewritten":
        # Where in between two heads nobody can tell: here it is the whole chain.
        return first.kind is Kind.REWRITTEN and first.seq == 1
    if bent.seq is None:
        return first.kind is Kind.INSERTED and first.event == bent.event
    return first.seq == bent.seq and bent.event in (None, first.event)


def test_a_chain_that_nobody_bent_is_whole(chain: int) -> None:
    assert chain >= 40
    assert verified(head()) == []


@pytest.mark.timeout(600)
def test_a_thousand_random_bendings_are_found_and_located(chain: int) -> None:
    chance, documents = chance_of(20261126), head()
    bending.unguard()
    missed: list[tuple[Bent, list[Finding]]] = []

    for number in range(BENDINGS):
        way = bending.WAYS[number % len(bending.WAYS)]
        with undone():
            bent = way(chance, chain)
            findings = verified(documents)
            if not is_located(bent, findings):
                missed.append((bent, findings[:2]))

    assert missed == []
    assert EventSeal.objects.count() == chain


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (bending.edit, Kind.CHANGED),
        (bending.delete, Kind.DELETED),
        (bending.delete_with_seal, Kind.REMOVED),
        (bending.insert, Kind.INSERTED),
        (bending.swap, Kind.SWAPPED),
        (bending.swap_contents, Kind.SWAPPED),
        (bending.cut, Kind.CUT_OFF),
        (bending.rewrite, Kind.REWRITTEN),
    ],
)
def test_each_is_called_by_its_name(chain: int, way: bending.Bending, kind: Kind) -> None:
    documents = head()
    bending.unguard()

    way(chance_of(1), chain)

    assert verified(documents)[0].kind is kind


@pytest.mark.parametrize(
    "edit", bending.NEVER_WRITTEN[str(settings.DATABASES["default"]["ENGINE"])]
)
def test_what_the_portal_can_never_have_written_is_named_too(chain: int, edit: str) -> None:
    documents = head()
    bending.unguard()

    with undone():
        bending.run(edit.format(event=bending.event_of(7), seq=7))
        first = verified(documents)[0]

    assert (first.kind, first.seq) == (Kind.CHANGED, 7)


@pytest.mark.parametrize("seq", [1, 7, 39])
def test_a_changed_seal_is_told_apart_from_its_event_and_the_next(chain: int, seq: int) -> None:
    bending.unguard()
    bending.run("UPDATE onboarding_eventseal SET hash = %s WHERE seq = %s", b"x" * 32, seq)

    walk = walked()

    assert [(one.kind, one.seq) for one in walk.findings] == [(Kind.CHANGED, seq)]
    assert walk.found == 1
    assert walk.findings[0].sentence.startswith(f"The seal of Event {bending.event_of(seq)},")


def test_an_edit_next_to_a_changed_seal_is_named_too(chain: int) -> None:
    bending.unguard()
    bending.run("UPDATE onboarding_eventseal SET hash = %s WHERE seq = 7", b"x" * 32)
    bending.run("UPDATE onboarding_event SET verb = 'x' WHERE id = %s", bending.event_of(8))

    assert [one.seq for one in verified([])] == [7, 8]


def test_changed_seals_side_by_side_are_each_named(chain: int) -> None:
    bending.unguard()
    bending.run("UPDATE onboarding_eventseal SET hash = %s WHERE seq = 7", b"x" * 32)
    bending.run("UPDATE onboarding_eventseal SET hash = %s WHERE seq = 8", b"y" * 32)

    assert {7, 8} <= {one.seq for one in verified([])}


@pytest.mark.parametrize(
    "edit", bending.NEVER_WRITTEN[str(settings.DATABASES["default"]["ENGINE"])]
)
def test_what_was_never_written_is_named_behind_a_gap(chain: int, edit: str) -> None:
    bending.unguard()
    with undone():
        bending.delete_seal(6)
        bending.run(edit.format(event=bending.event_of(7), seq=7))

        assert verified([])[0].kind is Kind.REMOVED


@pytest.mark.parametrize("seq", [0, -1])
def test_an_event_whose_seal_stands_before_the_first_was_inserted(chain: int, seq: int) -> None:
    bending.unguard()
    event = bending.insert(chance_of(1), chain).event
    bending.run(
        "INSERT INTO onboarding_eventseal (seq, event_id, version, sealed_at, hash)"
        " VALUES (%s, %s, 1, %s, %s)",
        *(seq, event, timezone.now(), b"x" * 32),
    )

    first = verified([])[0]

    assert (first.kind, first.event) == (Kind.INSERTED, event)


def test_without_triggers_out_of_the_way_nothing_can_be_bent(chain: int) -> None:
    for statement in (
        "UPDATE onboarding_eventseal SET version = 2",
        "DELETE FROM onboarding_eventseal",
        "UPDATE onboarding_event SET verb = 'reject'",
    ):
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            bending.run(statement)


def test_an_event_that_claims_to_be_old_is_found_even_when_it_was_sealed(chain: int) -> None:
    """The owner leaves the trigger in place, so the portal seals it like any other."""
    template = bending.event_of(1)
    bending.run(
        "INSERT INTO onboarding_event (id, at, verb, actor_name, facts)"
        " SELECT 999999, %s, 'approve', 'Sam', facts FROM onboarding_event WHERE id = %s",
        timezone.now() - timedelta(days=1),
        template,
    )
    sealing.seal(now=timezone.now())

    first = verified([])[0]

    assert (first.kind, first.event, first.seq) == (Kind.INSERTED, 999999, chain + 1)
