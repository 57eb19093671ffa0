"""The ends of a customer's certificates as a calendar (RFC 5545), with alarms before each.

An event is of a topic, not of a certificate: once that is renewed, the same event moves to the new
end. It names no person and no Apple Account, for calendars are shared widely.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import icalendar
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from onboarding.models import Customer, PushCertificate

_ALARMS = tuple(timedelta(days=days) for days in (30, 14, 7, 1))
# How often programs are to look for changes.
REFRESH = timedelta(hours=12)
# A calendar program may keep what it fetched for so long.
MAX_AGE = timedelta(hours=1)


def fingerprint(secret: str) -> str:
    """What is kept of an address: found by an index, which tells by its time nothing of use."""
    return sha256(secret.encode()).hexdigest()


def compose(
    customer: Customer,
    certificates: Sequence[PushCertificate],
    *,
    renewals: Mapping[str, int],
    language: str,
) -> bytes:
    """The calendar in `language`. `renewals` tells how often each topic was renewed so far."""
    with translation.override(language or "en"):
        calendar = _frame(customer)
        for one in certificates:
            calendar.add_component(_event(customer, one, sequence=renewals.get(one.topic, 0)))
        return bytes(calendar.to_ical())


def _frame(customer: Customer) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    title = gettext("Push certificates of %(customer)s") % {"customer": customer}
    calendar.add("prodid", "-//Push-certificate portal//Ends of certificates//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    # Apple's, Google's and Outlook's names for the same two.
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT12H")
    return calendar


def _event(customer: Customer, certificate: PushCertificate, *, sequence: int) -> icalendar.Event:
    link = f"{settings.PUBLIC_URL}/certificates/{certificate.pk}/renew"
    event = icalendar.Event()
    event.add("uid", f"{certificate.topic}@{urlsplit(settings.PUBLIC_URL).hostname}")
    event.add("sequence", sequence)
    # Of the certificate, not of the moment: an unchanged calendar is the same, byte for byte.
    event.add("dtstamp", certificate.activated_at)
    event.add("last-modified", certificate.activated_at)
    # The last hour, in UTC: a whole day would be another one in other time zones, and too late.
    event.add("dtstart", certificate.not_after - timedelta(hours=1))
    event.add("dtend", certificate.not_after)
    summary = gettext("Push certificate of %(customer)s ends") % {"customer": customer}
    event.add("summary", summary)
    event.add("description", _description(certificate, link))
    event.add("url", link)
    event.add("transp", "TRANSPARENT")
    for before in _ALARMS:
        event.add_component(_alarm(summary, before))
    return event


def _description(certificate: PushCertificate, link: str) -> str:
    return gettext(
        "Renew it before then, at Apple with Renew, never with Create a Certificate: %(link)s\n"
        "Topic: %(topic)s\nSerial number: %(serial)s"
    ) % {"link": link, "topic": certificate.topic, "serial": certificate.serial}


def _alarm(summary: str, before: timedelta) -> icalendar.Alarm:
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", -before)
    return alarm
