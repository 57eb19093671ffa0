"""Where signed heads go: the storage, mailboxes, and https addresses.

A webhook is what Standard Webhooks 1.0 describes, signed with the audit key itself (`v1a`). The
operator named its address, so it may be anywhere, in the operator's own network, too; but it is
`https`, no redirect is followed, and of the answer only its status is read.
"""

import base64
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.defaultfilters import pluralize

from onboarding import errors, keys
from onboarding.models import AuditHead
from onboarding.storage import heads

_SECONDS = 10
STORAGE = "storage"


class NotDelivered(Exception):
    """Why, in words that hold no secret."""


class Place(Protocol):
    @property
    def name(self) -> str: ...

    def take(self, head: AuditHead, *, now: datetime) -> None:
        """Raises NotDelivered."""


@dataclass(frozen=True, slots=True)
class Storage:
    name: str = STORAGE

    def take(self, head: AuditHead, *, now: datetime) -> None:  # noqa: ARG002 - as the others
        try:
            heads.put(f"{head.seq:015d}-{head.hash[:16]}.json", head.document)
        except errors.StorageUnavailable as error:
            raise NotDelivered(error.sentence.partition(",")[0]) from error


@dataclass(frozen=True, slots=True)
class Mailbox:
    name: str
    address: str

    def take(self, head: AuditHead, *, now: datetime) -> None:  # noqa: ARG002 - as the others
        message = EmailMessage(
            subject=f"Audit trail: {head.seq} Event{pluralize(head.seq)} sealed",
            body=(
                f"The audit trail of {settings.PUBLIC_URL} had {head.seq}"
                f" Event{pluralize(head.seq)} at {head.made_at:%Y-%m-%d %H:%M:%S} UTC,"
                " the last with the hash\n\n"
                f"  {head.hash}\n\n"
                "Keep this mail, with the file, where the portal's people cannot change it. To"
                " verify that nothing was changed since:\n\n  manage.py audit verify FILE …\n"
            ),
            to=[self.address],
        )
        message.attach(f"{head.seq:015d}.json", head.document, "application/json")
        try:
            message.send()
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"The mail server said: {error}"[:200]) from error


@dataclass(frozen=True, slots=True)
class Webhook:
    name: str
    # In no repr: it may hold a token.
    url: str

    def __repr__(self) -> str:
        return f"Webhook({self.name!r})"

    def take(self, head: AuditHead, *, now: datetime) -> None:
        body = head.document.encode("ascii")
        about, at = f"head_{head.seq}_{head.hash[:16]}", str(int(now.timestamp()))
        content = b".".join([about.encode(), at.encode(), body])
        signature = keys.sign_with_audit_key(content, str(settings.AUDIT_KEY))
        request = Request(  # noqa: S310 - the settings take https alone
            self.url,
            data=body,
            headers={
                "Content-Type": "application/json",
                "webhook-id": about,
                "webhook-timestamp": at,
                "webhook-signature": f"v1a,{base64.b64encode(signature).decode()}",
            },
        )
        try:
            with build_opener(_NoRedirect).open(request, timeout=_SECONDS):
                return
        except HTTPError as error:
            error.close()
            raise NotDelivered(f"It answered {error.code}.") from error
        except ssl.SSLError as error:
            raise NotDelivered("Its certificate was not accepted.") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            raise NotDelivered(f"It could not be reached: {reason}"[:200]) from error


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Any: urllib's own arguments. None: the answer is an error, whatever it leads to."""
        return


def all_of(addresses: Sequence[str]) -> Iterator[Place]:
    """The storage, and what AUDIT_HEADS_TO names."""
    yield Storage()
    for one in addresses:
        host = urlsplit(one).hostname
        if host:
            # Two addresses at one host are two places.
            yield Webhook(f"webhook {host} {sha256(one.encode()).hexdigest()[:6]}", one)
        else:
            yield Mailbox(f"mail {one}", one)
