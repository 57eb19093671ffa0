"""Events into which the database's owner wrote what is no time, text or key, as far as they go.

Such a row breaks what reads it whole, and would hide all others of its page.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.db.models import QuerySet

from onboarding.admin import fragments
from onboarding.models import Event

# What Django and the drivers raise over a value that is none of its column's type.
_NOT_READ = (AttributeError, TypeError, ValueError, OverflowError, DatabaseError)
UNREADABLE = "(unreadable)"
_TEXTS = ("verb", "actor_name", "address", "user_agent")


def by_key(events: QuerySet[Event], keys: Iterable[int]) -> dict[int, Event]:
    keys = [*keys]
    try:
        found = events.in_bulk(keys)
    except _NOT_READ:
        found = {key: event for key in keys if (event := _piece_by_piece(key))}
    return {key: _tamed(event) for key, event in found.items()}


def one(read: Callable[[], Event | None], key: str) -> Event | None:
    """What `read` gives; where that breaks, the Event with this key as far as it can be read."""
    try:
        event = read()
    except _NOT_READ:
        event = None
    if event is None and key.isdecimal():
        event = _piece_by_piece(int(key))
    return _tamed(event) if event else None


def link(event: Event, name: str) -> str:
    """To the row of this name, unless its key cannot be read."""
    if f"{name}_id" in event.unreadable:
        return UNREADABLE
    return fragments.link(getattr(event, name))


def _piece_by_piece(key: int) -> Event | None:
    event = Event.objects.order_by("pk").only("pk").filter(pk=key).first()
    if event is None:
        return None
    unreadable = []
    for field in Event._meta.concrete_fields:
        try:
            setattr(event, field.attname, _value(key, field.attname))
        except _NOT_READ:
            setattr(event, field.attname, None)
            unreadable.append(field.attname)
    event.unreadable = (*unreadable,)
    return event


def _value(key: int, column: str) -> Any:
    """Any: of its column's type."""
    return Event.objects.order_by("pk").values_list(column, flat=True).get(pk=key)


def _tamed(event: Event) -> Event:
    """SQLite gives what is of another type than its column as it is, and nothing for what is no
    time: neither breaks anything before it is shown."""
    if not isinstance(event.at, datetime):
        event.unreadable = (*event.unreadable, "at")
    for name in _TEXTS:
        if name in event.unreadable or not isinstance(getattr(event, name), str | None):
            setattr(event, name, UNREADABLE)
    if not isinstance(event.facts, dict):
        event.facts = {"facts": UNREADABLE}
    return event
