"""Is this process set up so that it could do its work? Asked by `check` and at a worker's start."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from onboarding import trust

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@checks.register("onboarding")
def trust_anchors_can_be_read(**_: Any) -> Sequence[checks.CheckMessage]:
    """Any: Django hands each check what only some need."""
    try:
        trust.packaged()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="onboarding.E001")]
    return []


@checks.register("onboarding")
def staff_need_a_second_factor(**_: Any) -> Sequence[checks.CheckMessage]:
    """Any: as above. Only the web process has the setting."""
    is_demanded = getattr(settings, "STAFF_MFA", True)
    if is_demanded or urlsplit(settings.PUBLIC_URL).hostname in _LOOPBACK:
        return []
    return [
        checks.Error(
            "STAFF_MFA is off, which is for trying out on one machine, and PUBLIC_URL is"
            f" {settings.PUBLIC_URL}. Take STAFF_MFA out: staff approve what is signed, so they"
            " need a second factor.",
            id="onboarding.E002",
        )
    ]
