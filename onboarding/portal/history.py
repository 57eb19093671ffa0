"""What happened, as the customer may read it: the vendor's people without their names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding.models import Event

_WORDS = {
    "request_csr": _("Asked for"),
    "submit": _("Sent for approval"),
    "approve": _("Approved"),
    "use_standing_approval": _("Approved"),
    "take_back_approval": _("Approval taken back"),
    "ask_customer": _("Question asked"),
    "answer_vendor": _("Question answered"),
    "reject": _("Rejected"),
    "record_signature": _("Signed"),
    "record_failure": _("Signing failed"),
    "download_signed_request": _("Signed request downloaded"),
    "note_topic_change": _("Certificate with another topic refused"),
    "want_topic_change": _("Asked to take the other topic"),
    "allow_topic_change": _("Other topic allowed"),
    "take_back_topic_approval": _("Approval taken back"),
    "decline_topic_change": _("Other topic declined"),
    "activate": _("Certificate activated"),
    "download_certificate": _("Certificate downloaded"),
    # Of earlier versions.
    "fetch_certificate": _("Certificate downloaded"),
    "confirm_installed": _("Said to be in the MDM server"),
    "supersede": _("Previous certificate superseded"),
    "withdraw": _("Withdrawn"),
    "revoke": _("Certificate revoked"),
    "ask_export": _("Export of the key asked for"),
    "fetch_export": _("Exported key downloaded"),
    "add_contact": _("Contact added"),
    "change_contact": _("Contact changed"),
    "remove_contact": _("Contact removed"),
    "choose_readers": _("Chosen who is told"),
    "stop_reminders": _("Reminders stopped by their reader"),
    "resume_reminders": _("Reminders resumed by their reader"),
    "open_calendar": _("Calendar’s address made"),
    "replace_calendar": _("Calendar’s address replaced"),
    "close_calendar": _("Calendar switched off"),
    "answer_question": _("Answered whether somebody can sign in at Apple"),
    "destroy_key": _("Deletion of the key asked for"),
    "key_gone": _("Key deleted"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    what: str
    by: str


def entries(events: Iterable[Event]) -> Iterator[Entry]:
    """`events` with their actors loaded; verbs that the customer has no word for are left out."""
    for event in events:
        if what := _WORDS.get(event.verb):
            yield Entry(at=event.at, what=str(what), by=_by(event))


def _by(event: Event) -> str:
    if event.actor is None:
        return gettext("by the portal")
    name = settings.VENDOR_NAME if event.actor.is_staff else event.actor
    return gettext("by %(name)s") % {"name": name}
