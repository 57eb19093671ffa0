"""In which language and time zone a reader is spoken to, and what was refused told in it."""

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo

from django.conf import settings
from django.utils import timezone, translation

from onboarding import errors, moments


@contextmanager
def spoken(language: str, time_zone: str) -> Iterator[None]:
    """Speak `language` and count in `time_zone`; English and UTC where unknown."""
    with translation.override(known(language)), timezone.override(zone(time_zone)):
        yield


def known(language: str) -> str:
    """The one of our languages that is meant, English for any other."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return settings.LANGUAGE_CODE


def zone(name: str) -> tzinfo:
    try:
        return zoneinfo.ZoneInfo(name) if name else UTC
    # Another machine may know fewer zones than the one on which it was chosen.
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def told(error: errors.PortalError | errors.Text) -> str:
    """The sentence in the active language; English where the catalogue lacks it."""
    message = translation.gettext(error.message)
    if not error.values:
        return message
    return message % {name: _value(value) for name, value in error.values.items()}


def marked(label: object) -> errors.Text:
    """A label that is translated when it is read, for a refusal: English now, told later."""
    with translation.override(settings.LANGUAGE_CODE):
        return errors.Text(str(label))


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return moments.day(value)
    return told(value) if isinstance(value, errors.PortalError | errors.Text) else value
