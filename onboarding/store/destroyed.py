"""Seals of push keys that were destroyed, under any name they ever had: none may be there."""

from collections.abc import Collection

from django.db.models import Q

from onboarding import storage
from onboarding.models import CSR, Event
from onboarding.store import requests
from onboarding.store.bench import GRACE, Bench


def seals(names: Collection[str], bench: Bench) -> dict[str, CSR]:
    """Those of `names` that held a key which is to be gone by now, each with its CSR."""
    wanted = {one for one in names if one.startswith(f"{storage.SEALED_KEYS}/")}
    # What was never text was no name of ours, and cannot be asked for.
    wanted = {one for one in wanted if one.isprintable()}
    if not wanted:
        return {}
    over = Q(key_gone_at__isnull=False) | Q(key_destroyed_at__lt=bench.now - GRACE)
    rows = CSR.objects.filter(over).select_related("customer").defer("der", "signature")
    found = {row.sealed_key: row for row in rows.filter(sealed_key__in=wanted)}
    begun = Event.objects.filter(
        Q(facts__file__in=wanted) | Q(facts__before__in=wanted), verb="begin_reseal"
    )
    earlier = {
        facts[which]: csr_id
        for csr_id, facts in begun.values_list("csr", "facts")
        for which in ("before", "file")
    }
    by_id = rows.in_bulk({*earlier.values()})
    known = {name: by_id[pk] for name, pk in earlier.items() if name in wanted and pk in by_id}
    return {**known, **found}


def told(name: str, row: CSR) -> str:
    """What is known of the file, without what to do."""
    what = f"The file {name} holds the push key of {requests.name(row)}, sealed,"
    if row.key_gone_at is None:
        return f"{what} which was to be destroyed on {row.key_destroyed_at:%Y-%m-%d}."
    return (
        f"{what} which was destroyed and seen to be gone on {row.key_gone_at:%Y-%m-%d}. It has come"
        " back, as from a backup of the storage; see that no backup keeps it either."
    )
