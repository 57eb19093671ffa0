"""The signer without its guards, written as one would who thinks of no failure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from unittest.mock import patch
from uuid import UUID

from django.utils import timezone

from onboarding.lifecycle import Actor, Signature, owed_mail, signature
from onboarding.models import CSR, Mail
from signing import claim, drain, pace
from signing.claim import Approved
from tests.faults.guards import Guard


def take_off(guards: set[Guard]) -> None:
    if guards:
        patch.multiple(drain, claimed=_look).start()
    if Guard.TRANSACTION in guards:
        patch.multiple(drain, _record_all=_record_all).start()
    if Guard.COMPARE_AND_SET in guards:
        patch.multiple(signature, move_each=_move_each).start()


@contextmanager
def _look(limit: int, *, after: Approved | None) -> Iterator[list[Approved]]:
    waiting = CSR.objects.awaiting_signature().filter(claim._behind(after))
    rows = waiting.values_list("pk", "state_since", "public_key_sha256", "der")[:limit]
    yield [Approved(pk, since, key, bytes(der or b"")) for pk, since, key, der in rows]


def _record_all(signatures: Sequence[Signature], desk: drain.Desk) -> None:
    owed_mail.to_customers(Mail.Kind.READY, [one.csr_id for one in signatures])
    # The function without the transaction that is wrapped around it.
    record = cast(Callable[..., list[UUID]], vars(signature.record_signatures)["__wrapped__"])
    record(
        signatures,
        vendor_certificate=desk.vendor_certificate,
        by=Actor.signer(),
        signer=pace.signer(),
    )


def _move_each(
    changes: Mapping[UUID, Mapping[str, object]], *, to: str, allowed: object, **common: Any
) -> list[UUID]:
    # Any: columns, each of its own type.
    for pk, own in changes.items():
        CSR.objects.filter(pk=pk).update(state=to, state_since=timezone.now(), **common, **own)
    return list(changes)
