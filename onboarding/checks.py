"""Is this process set up so that it could do its work? Asked by `check` and at a worker's start."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from onboarding import trust


@checks.register("onboarding")
def trust_anchors_can_be_read(**_: Any) -> Sequence[checks.CheckMessage]:
    """Any: Django hands each check what only some need."""
    try:
        trust.packaged()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="onboarding.E001")]
    return []
