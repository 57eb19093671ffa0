"""The name of a person as others read it, in tables, mails and histories."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

# Joiners, which some scripts are not written right without.
_JOINERS = "\u200c\u200d"


def is_plain(name: str) -> bool:
    """Whether nothing in it is unseen, or turns the text around it."""
    seen = "".join(one for one in name if one not in _JOINERS)
    return seen.isprintable() and bool(seen.strip())


def plain(name: str) -> str:
    """`name` without what `is_plain` does not want; empty if nothing is left."""
    kept = "".join(one for one in name if one.isprintable() or one in _JOINERS).strip()
    return kept if is_plain(kept) else ""


def demand_plain(name: str) -> None:
    """A form field's validator."""
    if not is_plain(name):
        raise ValidationError(
            gettext(
                "This holds characters that nobody sees, or that turn the text around them. Type it"
                " anew, with letters alone."
            )
        )
