"""A sign-in service of Acme's, set up here, and somebody who goes there and comes back."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from onboarding import at_rest
from onboarding.models import SignInService
from tests.portal import openid_provider
from tests.portal.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider

ADA = {"sub": "7", "email": "Ada@acme.example", "email_verified": True, "name": "Ada"}


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with openid_provider.running() as provider:
        provider.claims = dict(ADA)
        yield provider


@pytest.fixture
def service(provider: Provider) -> SignInService:
    return set_up(provider, "acme.example")


def set_up(provider: Provider, domain: str, **more: Any) -> SignInService:
    """Any: fields of the service."""
    service = SignInService.objects.create(
        name="Acme sign-in",
        issuer=provider.issuer,
        client_id=CLIENT_ID,
        sealed_client_secret=at_rest.seal(CLIENT_SECRET, purpose=SignInService.SECRET_PURPOSE),
        **more,
    )
    service.domains.create(name=domain)
    return service


# Any: Django's answer, with what the test client adds to it.
def sign_in(client: Client, service: SignInService) -> Any:
    """There and back, as a browser follows."""
    onward = client.get(reverse("openid_connect_login", args=[service.pk]))
    assert onward.status_code == 302, onward.content.decode()
    there = httpx2.get(onward["Location"])
    back = urlsplit(there.headers["Location"])
    return client.get(f"{back.path}?{back.query}")
