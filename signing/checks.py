"""System check: the signing identity is fit. The signer refuses to start without."""

from collections.abc import Sequence

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from onboarding import errors, trust
from signing import fitness, held, identity


@checks.register("signing")
def signing_identity_is_fit(**_: object) -> Sequence[checks.CheckMessage]:
    # On a developer's machine all commands share these settings, and few of them sign.
    is_shared = getattr(settings, "SANDBOX", False)
    if is_shared and not settings.SIGNING_IDENTITY:
        return []
    try:
        found = examine()
    except (errors.InvalidIdentity, ImproperlyConfigured) as error:
        refuse = checks.Warning if is_shared else checks.Error
        return [refuse(str(error), id="signing.E001")]
    return [checks.Warning(sentence, id="signing.W001") for sentence in found]


def examine() -> list[str]:
    """What should be looked at. Raises InvalidIdentity when no identity can sign."""
    now = timezone.now()
    fit = held.load_all(trust=trust.packaged(), now=now)
    held.let_go()
    exposed = [identity.exposure(url) for url in held.urls()]
    # Of the newest only: it signs, and an older one may end.
    return [*filter(None, exposed), *fitness.warnings(fit[0].chain, now=now)]
