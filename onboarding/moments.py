"""Moments in words: in the reader's language and time zone, which is always named."""

from datetime import date, datetime, timedelta
from math import ceil

from django.utils import timezone
from django.utils.dateformat import format as written
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy

# What a language calls otherwise; all other abbreviations are the same in each.
_ABBREVIATIONS = {
    "WET": pgettext_lazy("time zone", "WET"),
    "WEST": pgettext_lazy("time zone", "WEST"),
    "CET": pgettext_lazy("time zone", "CET"),
    "CEST": pgettext_lazy("time zone", "CEST"),
    "EET": pgettext_lazy("time zone", "EET"),
    "EEST": pgettext_lazy("time zone", "EEST"),
}
_MINUTE, _HOUR, _DAY = 60, 3600, 24 * 3600
_MONTH, _YEAR = 30.44 * _DAY, 365.25 * _DAY
# A month has 28 to 31 days, a year 365 or 366: what lacks so little of one counts as whole.
_LENIENT = 1.03


def exact(at: datetime) -> str:
    """Day, hour and minute: 26 November 2026, 14:05 UTC."""
    local = timezone.localtime(at)
    return gettext("%(day)s, %(time)s %(zone)s") % {
        "day": _date(local),
        "time": f"{local:%H:%M}",
        "zone": zone(local),
    }


def day(at: datetime) -> str:
    """The day that it is in the reader's time zone: 26 November 2026 (UTC)."""
    local = timezone.localtime(at)
    return gettext("%(day)s (%(zone)s)") % {"day": _date(local), "zone": zone(local)}


def calendar_day(on: date) -> str:
    """A day as the portal counts them, as that of the next reminder: 26 November 2026 (UTC)."""
    return gettext("%(day)s (%(zone)s)") % {"day": _date(on), "zone": "UTC"}


def relative(at: datetime) -> str:
    """How long ago or ahead: 3 hours ago, in 2 months. Days are counted by midnights."""
    ahead = at - timezone.now()
    count, unit = _count(abs(ahead))
    if unit == "day":
        # The day on which clocks are set back is longer than the 24 hours that are one already.
        count = max(1, abs(days_until(at)))
    return _ahead(count, unit) if ahead > timedelta() else _ago(count, unit)


def days_until(at: datetime) -> int:
    """Days of the calendar in the reader's time zone: 0 is today, whatever the hour; past: below.

    A day is told as `day` tells it, so what is counted and what is shown are the same.
    """
    return (timezone.localdate(at) - timezone.localdate()).days


def is_past(at: datetime) -> bool:
    return at <= timezone.now()


def lasting(duration: timedelta) -> str:
    """A length of time that is not exceeded, from a minute up: 90 minutes, 4 hours."""
    minutes = max(1, ceil(duration.total_seconds() / _MINUTE))
    if minutes < 2 * _HOUR / _MINUTE:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = ceil(duration.total_seconds() / _HOUR)
    if hours < 2 * _DAY / _HOUR:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = ceil(duration.total_seconds() / _DAY)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def zone(local: datetime) -> str:
    """The short name of the time zone in which `local` is."""
    name = local.tzname() or "UTC"
    if name[0] in "+-":
        # Zones without an abbreviation are named by their distance: +0530.
        return f"UTC{name[:3]}:{name[3:]}" if len(name) > 3 else f"UTC{name}"
    return str(_ABBREVIATIONS.get(name, name))


def _date(local: date) -> str:
    # Translators: how a date is written, in the letters of Django's date filter.
    return written(local, pgettext("form of a date", "j F Y"))


def _ago(count: int, unit: str) -> str:
    if unit == "minute":
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", count) % {"count": count}
    if unit == "hour":
        return ngettext("%(count)d hour ago", "%(count)d hours ago", count) % {"count": count}
    if unit == "day":
        return ngettext("%(count)d day ago", "%(count)d days ago", count) % {"count": count}
    if unit == "month":
        return ngettext("%(count)d month ago", "%(count)d months ago", count) % {"count": count}
    if unit == "year":
        return ngettext("%(count)d year ago", "%(count)d years ago", count) % {"count": count}
    return gettext("just now")


def _ahead(count: int, unit: str) -> str:
    if unit == "minute":
        return ngettext("in %(count)d minute", "in %(count)d minutes", count) % {"count": count}
    if unit == "hour":
        return ngettext("in %(count)d hour", "in %(count)d hours", count) % {"count": count}
    if unit == "day":
        return ngettext("in %(count)d day", "in %(count)d days", count) % {"count": count}
    if unit == "month":
        return ngettext("in %(count)d month", "in %(count)d months", count) % {"count": count}
    if unit == "year":
        return ngettext("in %(count)d year", "in %(count)d years", count) % {"count": count}
    return gettext("in less than a minute")


def _count(length: timedelta) -> tuple[int, str]:
    """How many of the largest unit of which there are two; a single one of it from a day down.

    Whole units: what began 119 minutes ago began one hour ago.
    """
    seconds = length.total_seconds()
    for unit, size, least in (
        ("year", _YEAR / _LENIENT, 2),
        ("month", _MONTH / _LENIENT, 2),
        ("day", _DAY, 1),
        ("hour", _HOUR, 1),
        ("minute", _MINUTE, 1),
    ):
        if seconds >= least * size:
            return int(seconds // size), unit
    return 0, "moment"
