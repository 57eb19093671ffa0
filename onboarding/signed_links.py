"""Links in mails that work without signing in: each is signed for one purpose and one mail.

The worker makes them when it writes the mail, and web reads them: neither the database nor a log
holds one. They name a mail and no address, so that a link seen by others tells nothing.
"""

from enum import StrEnum

from django.conf import settings
from django.core.signing import BadSignature, Signer


class Purpose(StrEnum):
    """Also the path below which web takes them."""

    STOP = "reminders/stop"
    ANSWER = "sign-in"
    TRANSFER = "transfer"


def address(purpose: Purpose, mail_id: int) -> str:
    """Written out, for the worker serves no pages and knows no URLs."""
    return f"{settings.PUBLIC_URL}/{purpose}/{_signer(purpose).sign(str(mail_id))}/"


def mail_id(purpose: Purpose, token: str) -> int | None:
    """The mail that the link stood in; None if nobody here signed it for this purpose."""
    try:
        return int(_signer(purpose).unsign(token))
    except (BadSignature, ValueError):
        return None


def _signer(purpose: Purpose) -> Signer:
    return Signer(sep=".", salt=f"onboarding.{purpose}")
