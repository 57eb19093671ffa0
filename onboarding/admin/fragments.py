"""Small pieces of HTML that lists and pages share; what comes from outside is escaped."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from onboarding import moments
from onboarding.models import Event
from onboarding.unusual import Remark

_GROUP = 4


def grouped(digits: str) -> str:
    """Hex in groups of four, so that it can be compared by eye and wraps on a phone."""
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def fingerprint(digits: str) -> SafeString:
    return (
        format_html('<code class="fingerprint">{}</code>', grouped(digits)) if digits else empty()
    )


def verb(event: Event) -> str:
    return event.verb.replace("_", " ")


def address_of(row: Model) -> str:
    """The address of a row's page here."""
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def list_of(noun: type[Model]) -> str:
    """The address of the list of all rows."""
    return reverse(f"admin:{noun._meta.app_label}_{noun._meta.model_name}_changelist")


def link(row: Model | None, text: str = "") -> SafeString:
    if row is None:
        return empty()
    return format_html('<a class="text-link" href="{}">{}</a>', address_of(row), text or str(row))


def label(text: str, tone: str = "") -> SafeString:
    """`tone`: danger, warning, success, info, or nothing for grey."""
    return format_html('<span class="mark mark-{}">{}</span>', tone or "plain", text)


def marks(remarks: Collection[Remark]) -> SafeString:
    if not remarks:
        return empty()
    return render_to_string("admin/onboarding/marks.html", {"remarks": remarks})


def duration(at: datetime, *, now: datetime) -> str:
    return timesince(at, now, depth=1)


def moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "–"


def since(at: datetime) -> SafeString:
    """How long ago, with the moment itself for who points at it."""
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        at.isoformat(),
        f"{at:%Y-%m-%d %H:%M}",
        moments.relative(at),
    )


def end(at: datetime) -> SafeString:
    """A date of expiry, and how far it is."""
    return format_html('{} <span class="aside">{}</span>', f"{at:%Y-%m-%d}", moments.relative(at))


def empty() -> SafeString:
    return format_html("{}", "–")
