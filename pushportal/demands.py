"""What a process must have before it starts: one sentence for what is wrong, no traceback."""

import sys

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured


def readable_settings() -> None:
    """Load the settings, or end this process with the sentence that says what is wrong."""
    try:
        settings.VAR_DIR  # noqa: B018 - the first look loads them
    except ImproperlyConfigured as error:
        sys.exit(str(error))


def passed_checks() -> None:
    """End this process if one of the product's own checks fails; the server would not ask."""
    failed = [one for one in checks.run_checks(tags=["onboarding"]) if one.is_serious()]
    if failed:
        sys.exit("\n".join(one.msg for one in failed))
