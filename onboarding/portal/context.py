"""What every page and its frame knows of this instance."""

from django.conf import settings
from django.http import HttpRequest

from onboarding.pki.kinds import UPLOAD_LIMIT


def portal(request: HttpRequest | None) -> dict[str, object]:  # noqa: ARG001 - Django's signature
    """Context processor for pages of the portal and of the admin; the same for everyone."""
    return {
        "vendor_name": settings.VENDOR_NAME,
        "vendor_contact": settings.VENDOR_CONTACT,
        "portal_url": settings.PUBLIC_URL,
        "apple_portal_url": settings.APPLE_PORTAL_URL,
        "has_stand_in_root": bool(settings.TRUST_ANCHORS),
        "upload_limit_kb": UPLOAD_LIMIT // 1024,
    }
