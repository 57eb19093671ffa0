"""The link of an invitation: made in the worker for the mail, read by the web, kept nowhere.

It is signed for this purpose alone and holds no more than which invitation and which of its
links; whether it still counts stands in the database.
"""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing

from onboarding import errors
from onboarding.models import Invitation

_PURPOSE = "onboarding.invitation_link"


@dataclass(frozen=True, slots=True)
class Link:
    invitation_id: UUID
    number: int


def address(invitation: Invitation) -> str:
    """The link, on PUBLIC_URL; written out, for the worker serves no pages and knows no URLs."""
    token = signing.dumps([invitation.pk.hex, invitation.link], salt=_PURPOSE)
    return f"{settings.PUBLIC_URL}/invitations/{token}/"


def read(token: str) -> Link:
    """What the signed token names. Raises InvitationGone for one that is not whole."""
    try:
        invitation_id, number = signing.loads(token, salt=_PURPOSE)
        return Link(UUID(invitation_id), number)
    except (signing.BadSignature, ValueError) as error:
        raise errors.InvitationGone(
            errors.gettext_noop(
                "This link is not whole: part of it was lost, perhaps where the mail breaks the"
                " line. Open it from the mail again, or copy all of it."
            )
        ) from error
