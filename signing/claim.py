"""Which CSRs a signer works on: in PostgreSQL locked for it alone, so that signers share."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from onboarding.models import CSR


@dataclass(frozen=True, slots=True)
class Approved:
    """What signing needs to know of an approved CSR."""

    pk: UUID
    state_since: datetime
    public_key_sha256: str
    der: bytes = field(repr=False)


@contextmanager
def claimed(limit: int, *, after: Approved | None) -> Iterator[list[Approved]]:
    """The next approved CSRs, oldest first; theirs until the block ends, where locks can be held.

    In PostgreSQL the block is a transaction, and what another signer holds is passed over. SQLite
    has one writer at a time: there nothing is held while signing, and the first result counts.
    """
    can_hold = connection.features.has_select_for_update_skip_locked
    with transaction.atomic() if can_hold else nullcontext():
        waiting = CSR.objects.awaiting_signature().filter(_behind(after))
        if can_hold:
            waiting = waiting.select_for_update(skip_locked=True)
        rows = waiting.values_list("pk", "state_since", "public_key_sha256", "der")[:limit]
        yield [Approved(pk, since, key, bytes(der or b"")) for pk, since, key, der in rows]


def _behind(last: Approved | None) -> Q:
    """Each batch after the last one seen: what stays behind holds up nobody."""
    if last is None:
        return Q()
    return Q(state_since__gt=last.state_since) | Q(state_since=last.state_since, pk__gt=last.pk)
