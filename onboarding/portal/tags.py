"""Template tags of the portal: moments, fingerprints, fields."""

import re
from datetime import UTC, datetime

from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, Select
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from onboarding import moments
from onboarding.models import PushCertificate
from onboarding.portal.navigation import ACCOUNT_PAGES, SECTIONS, Switcher
from onboarding.portal.standing import elapsed_percent, health

register = template.Library()

# In English whatever the reader's language, as openssl has them.
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """The exact time in the reader's time zone, and how long ago or ahead that is."""
    return format_html('{} <span class="ago">({})</span>', exact(at), moments.relative(at))


@register.simple_tag
def exact(at: datetime) -> SafeString:
    return _time(at, moments.exact(at))


@register.simple_tag
def day(at: datetime) -> SafeString:
    return _time(at, moments.day(at))


@register.filter
def as_openssl(at: datetime) -> str:
    """As openssl prints it: Nov  7 00:46:02 2027 GMT."""
    utc = at.astimezone(UTC)
    return f"{_MONTHS[utc.month - 1]} {utc.day:2} {utc:%H:%M:%S %Y} GMT"


register.filter("calendar_day", moments.calendar_day)


@register.simple_tag
def relative(at: datetime) -> str:
    return moments.relative(at)


register.filter("lasting", moments.lasting)
register.filter("is_past", moments.is_past)


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


@register.filter
def browser(user_agent: str) -> str:
    """What a person calls it, as far as the browser says; else the beginning of what it says."""
    names = (*_BROWSERS, ("Safari/", "Safari"))
    found = [
        next((name for mark, name in marks if mark in user_agent), "")
        for marks in (names, _SYSTEMS)
    ]
    return ", ".join(filter(None, found)) or user_agent[:40]


@register.filter
def grouped(value: str) -> SafeString:
    """Hex in groups of four that wrap between groups; copied, it is still one word."""
    groups = ((group,) for group in re.findall(".{1,4}", value))
    return format_html(
        '<code class="hex">{}</code>', format_html_join("", "<span>{}</span><wbr>", groups)
    )


_CLASSES: dict[type, str] = {CheckboxInput: "form-check-input", Select: "form-select"}


@register.inclusion_tag("portal/field.html")
def field(
    bound: BoundField, *, label: str = "", placeholder: str = "", hint: str = ""
) -> dict[str, object]:
    """One form field: label, widget, help and what is wrong, tied together for readers."""
    hint = hint or str(bound.help_text)
    described = [f"{bound.auto_id}_help"] if hint else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    attributes: dict[str, str | bool] = {"class": _class(bound), "placeholder": placeholder}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": hint,
        "widget": bound.as_widget(attrs=attributes),
    }


@register.inclusion_tag("portal/validity.html")
def validity(certificate: PushCertificate) -> dict[str, object]:
    """How much of the certificate's time has gone by, as a bar with its two ends."""
    now = timezone.now()
    return {
        "certificate": certificate,
        "percent": elapsed_percent(certificate, now=now),
        "tone": health(certificate, now=now),
    }


@register.inclusion_tag("portal/switcher.html", takes_context=True)
def switcher(context: Context) -> dict[str, object]:
    """The person's customers, the page's own marked."""
    return {
        "switcher": Switcher.of(context["user"]),
        "customer": context.get("customer"),
    }


@register.inclusion_tag("portal/sections.html", takes_context=True)
def sections(context: Context) -> dict[str, object]:
    """The pages of the customer that the page is about."""
    here = context["request"].resolver_match.view_name
    customer = context["customer"]
    return {
        "customer": customer,
        "sections": [
            (one.title, reverse(one.page, args=[customer.pk]), one.place(here)) for one in SECTIONS
        ],
    }


@register.inclusion_tag("portal/account_menu.html", takes_context=True)
def account_menu(context: Context) -> dict[str, object]:
    """The person's own pages, and the way out."""
    return {
        "user": context["user"],
        "csrf_token": context.get("csrf_token"),
        "account_pages": [(title, reverse(page)) for title, page in ACCOUNT_PAGES],
    }


def _time(at: datetime, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', at.astimezone(UTC).isoformat(), text)


def _class(bound: BoundField) -> str:
    base = _CLASSES.get(type(bound.field.widget), "form-control")
    return f"{base} is-invalid" if bound.errors else base
