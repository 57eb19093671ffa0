"""In which language a reader is spoken to, and what was refused told in it."""

from django.utils.translation import gettext

from onboarding import errors


def told(error: errors.PortalError) -> str:
    """The error's sentence in the active language; English where the catalogue lacks it."""
    message = gettext(error.message)
    return message % error.values if error.values else message
