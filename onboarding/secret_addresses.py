"""Addresses that are secrets themselves stay out of the logs, whoever writes them there."""

import logging
import re

# Calendars, links in mails, links for a new password: what follows lets in whoever knows it.
_SECRET = re.compile(
    r"(/(?:calendar|reminders/stop|sign-in|transfer|invitations|accounts/password/reset/key)/)"
    r"[^\s/?\"']+"
)


class Redaction(logging.Filter):
    """For the handlers: Django logs the path of whatever it refuses, and of what breaks."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if _SECRET.search(said):
            record.msg, record.args = without_secrets(said), ()
        return True


def without_secrets(text: str) -> str:
    return _SECRET.sub(r"\1…", text)
