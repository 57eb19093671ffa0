"""What happened, as the customer may read it: the vendor's people without their names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from onboarding.models import Event

_WORDS = {
    "request_csr": "Asked for",
    "submit": "Sent for approval",
    "approve": "Approved",
    "reject": "Rejected",
    "record_signature": "Signed",
    "record_failure": "Signing failed",
    "fetch_signed_request": "Signed request downloaded",
    "note_topic_change": "Certificate with another topic refused",
    "want_topic_change": "Asked to take the other topic",
    "allow_topic_change": "Other topic allowed",
    "activate": "Certificate activated",
    "supersede": "Previous certificate superseded",
    "withdraw": "Withdrawn",
    "revoke": "Certificate revoked",
    "ask_export": "Export of the key asked for",
    "fetch_export": "Exported key downloaded",
    "add_contact": "Contact added",
    "change_contact": "Contact changed",
    "remove_contact": "Contact removed",
    "choose_readers": "Chosen who is told",
    "stop_reminders": "Reminders stopped by their reader",
    "resume_reminders": "Reminders resumed by their reader",
    "destroy_key": "Deletion of the key asked for",
    "key_gone": "Key deleted",
}


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    what: str
    who: str


def entries(events: Iterable[Event]) -> Iterator[Entry]:
    """`events` with their actors loaded; verbs that the customer has no word for are left out."""
    for event in events:
        if what := _WORDS.get(event.verb):
            yield Entry(at=event.at, what=what, who=_who(event))


def _who(event: Event) -> str:
    if event.actor is None:
        return "the portal"
    return settings.VENDOR_NAME if event.actor.is_staff else str(event.actor)
