"""Heads that left, compared with the chain that is here: what a rewritten database cannot hide."""

import re
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import BinaryField
from django.db.models.functions import Cast

from onboarding import errors
from onboarding.audit import head
from onboarding.audit.head import Head
from onboarding.audit.verification import Kind, Walk
from onboarding.models import EventSeal, HeadDelivery
from onboarding.storage import heads as kept

# What else lies beside the heads is judged when all are.
_NUMBERED = re.compile(r"\d{15}-")


def compare(walk: Walk, documents: Iterable[tuple[str, str]], *, public_keys: Sequence[str]) -> int:
    """Tell `walk` of each head that does not fit; how many were compared.

    `documents` are heads with the names by which they are told.
    """
    heads = [*_read(walk, documents, public_keys)]
    heads.sort(key=lambda one: one.seq)
    seals = EventSeal.objects.filter(seq__in={one.seq for one in heads})
    # SQLite gives text where somebody put text.
    digests = seals.values_list("seq", Cast("hash", BinaryField()))
    hashes = {seq: bytes(digest).hex() for seq, digest in digests}
    # Asked after the heads were read: the chain grows meanwhile, and with it their number.
    last = EventSeal.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    fitting = 0
    for one in heads:
        if one.seq > last:
            _tell_cut(walk, one, last)
            break
        if hashes.get(one.seq) != one.hash:
            _tell_rewritten(walk, one, fitting)
            break
        fitting = one.seq
    return len(heads)


def from_storage(walk: Walk, *, newest: int | None = None) -> Iterator[tuple[str, str]]:
    """The heads that the storage keeps, all or the newest; then those that are gone are told.

    Raises StorageUnavailable.
    """
    names = kept.names()
    chosen = names if newest is None else [*filter(_NUMBERED.match, names)][-newest:]
    # First, for what the database says of them may be unreadable, and they are not.
    yield from kept.documents(chosen)
    delivered = HeadDelivery.objects.filter(place="storage", delivered_at__isnull=False)
    if chosen and newest is not None:
        delivered = delivered.filter(head__seq__gte=int(chosen[0].partition("-")[0]))
    # In this order, for heads come while others are read: what was brought is there by then.
    brought = [*delivered.values_list("head__seq", "head__hash")]
    there = {*kept.names()}
    for seq, digest in brought:
        if f"{seq:015d}-{digest[:16]}.json" not in there:
            walk.find(
                Kind.HEAD,
                f"The head of number {seq} was brought to the storage and is gone from there.",
                seq=seq,
            )


def _read(
    walk: Walk, documents: Iterable[tuple[str, str]], public_keys: Sequence[str]
) -> Iterator[Head]:
    for name, document in documents:
        try:
            yield head.verify(document, public_keys)
        except errors.InvalidHead as error:
            walk.find(Kind.HEAD, f"{name}: {error.sentence}")


def _tell_cut(walk: Walk, one: Head, last: int) -> None:
    walk.find(
        Kind.CUT_OFF,
        f"The chain ends with number {last}, but a head of {one.made_at:%Y-%m-%d %H:%M} UTC says"
        f" that it had {one.seq}: at least {one.seq - last} Events were cut off, the first is"
        f" number {last + 1}.",
        seq=last + 1,
    )


def _tell_rewritten(walk: Walk, one: Head, fitting: int) -> None:
    walk.find(
        Kind.REWRITTEN,
        f"Number {one.seq} of the chain is not what it was when a head of"
        f" {one.made_at:%Y-%m-%d %H:%M} UTC left: something between number {fitting + 1} and"
        f" {one.seq} was rewritten, and everything behind it sealed anew.",
        seq=fitting + 1,
    )
