"""Whom this instance trusts: Apple's packaged root, or TRUST_ANCHORS in its place."""

from functools import cache
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from onboarding import errors
from onboarding.models import AppleCertificate
from onboarding.pki.trust import Trust


def current() -> Trust:
    """Anchors and intermediates as configured, with what `manage.py apple_ca` added."""
    if settings.TRUST_ANCHORS:
        return _replaced(settings.TRUST_ANCHORS)
    added = AppleCertificate.objects.values_list("der", flat=True)
    return Trust.apple(extra=tuple(x509.load_der_x509_certificate(bytes(der)) for der in added))


def packaged() -> Trust:
    """Anchors and intermediates without the database's additions, for offline commands."""
    return _replaced(settings.TRUST_ANCHORS) if settings.TRUST_ANCHORS else Trust.apple()


@cache
def _replaced(setting: str) -> Trust:
    try:
        pem = setting if "-----BEGIN" in setting else Path(setting).read_text(encoding="ascii")
        return Trust.of_pem(pem)
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"TRUST_ANCHORS names {setting}, which cannot be read."
        ) from error
    except errors.PortalError as error:
        raise ImproperlyConfigured(f"TRUST_ANCHORS: {error}") from error
