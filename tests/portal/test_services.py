"""A superuser sets a sign-in service up: over TLS, its secret never shown, no staff locked out."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from onboarding import at_rest
from onboarding.models import Event, SignInService, User
from tests.portal.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.portal.services import fresh_limits, provider, service, set_up

__all__ = ["fresh_limits", "provider", "service"]
ADD = "/admin/onboarding/signinservice/add/"


def test_a_superuser_sets_a_service_up_and_its_secret_is_never_shown(
    client: Client, provider: Provider
) -> None:
    root = User.objects.create_superuser("root@vendor.example", "pw", name="Root")
    client.force_login(root)
    form = {
        "name": "Acme sign-in",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "is_active": "on",
        "domains-TOTAL_FORMS": 1,
        "domains-INITIAL_FORMS": 0,
        "domains-0-name": "acme.example",
    }

    without = client.post(ADD, {**form, "client_secret": ""})
    client.post(ADD, form)

    service = SignInService.objects.get()
    page = client.get(reverse("admin:onboarding_signinservice_change", args=[service.pk]))
    assert "Give the secret" in without.content.decode()
    for place in (page.content.decode(), str(Event.objects.values()), service.sealed_client_secret):
        assert CLIENT_SECRET not in place
    assert Event.objects.get(verb="sign_in_service_changed").facts["domains"] == ["acme.example"]
    assert (
        at_rest.unseal(service.sealed_client_secret, purpose=SignInService.SECRET_PURPOSE)
        == CLIENT_SECRET
    )


def of_vendor(provider: Provider, **changed: str) -> dict[str, str]:
    """What the page of a service for the vendor's own domain sends."""
    return {
        "name": "Vendor sign-in",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "is_active": "on",
        "domains-TOTAL_FORMS": "1",
        "domains-INITIAL_FORMS": "0",
        "domains-0-name": "vendor.example",
        **changed,
    }


def test_no_service_locks_staff_out(client: Client, provider: Provider, sam: User) -> None:
    root = User.objects.create_superuser("root@Vendor.example", "pw", name="Root")
    for name in ("pat", "quin", "rae"):
        User.objects.create_user(f"{name}@vendor.example", name=name, is_staff=True)
    User.objects.create_user("gone@vendor.example", name="x", is_staff=True, is_active=False)
    client.force_login(root)

    page = client.post(ADD, of_vendor(provider)).content.decode()

    assert (
        "This would lock out 5 of the vendor’s staff: pat@vendor.example, quin@vendor.example,"
        " rae@vendor.example and 2 more."
    ) in page
    assert not SignInService.objects.exists()


def test_a_superuser_with_a_passkey_is_not_locked_out(client: Client, provider: Provider) -> None:
    root = User.objects.create_superuser("root@vendor.example", "pw", name="Root")
    client.force_login(root)

    refused = client.post(ADD, of_vendor(provider)).content.decode()
    Authenticator.objects.create(user=root, type="webauthn", data={"name": "Phone"})
    client.post(ADD, of_vendor(provider))

    assert "lock out 1 of the vendor’s staff: root@vendor.example." in refused
    assert SignInService.objects.exists()


@pytest.mark.parametrize("changed", [{"is_for_staff": "on"}, {"is_active": ""}])
def test_a_service_that_lets_staff_in_or_is_off_is_saved(
    client: Client, provider: Provider, sam: User, changed: dict[str, str]
) -> None:
    client.force_login(User.objects.create_superuser("root@else.example", "pw", name="Root"))

    client.post(ADD, of_vendor(provider, **changed))

    assert SignInService.objects.exists()


def test_a_domain_that_locks_staff_out_is_taken_away(
    client: Client, provider: Provider, sam: User
) -> None:
    service = set_up(provider, "vendor.example")
    client.force_login(User.objects.create_superuser("root@else.example", "pw", name="Root"))
    address = reverse("admin:onboarding_signinservice_change", args=[service.pk])
    row = {
        "domains-INITIAL_FORMS": "1",
        "domains-0-id": str(service.domains.get().pk),
        "domains-0-service": str(service.pk),
    }

    client.post(address, of_vendor(provider, **row, **{"domains-0-DELETE": "on"}))

    assert not service.domains.exists()


@pytest.mark.parametrize("issuer", ["http://idp.example", "ftp://idp.example", "idp"])
def test_an_issuer_is_asked_over_tls_only(client: Client, issuer: str) -> None:
    root = User.objects.create_superuser("root@vendor.example", "pw", name="Root")
    client.force_login(root)

    client.post(
        ADD,
        {
            "name": "x",
            "issuer": issuer,
            "client_id": "x",
            "client_secret": "x",
            "domains-TOTAL_FORMS": 0,
            "domains-INITIAL_FORMS": 0,
        },
    )

    assert not SignInService.objects.exists()


def test_other_staff_set_up_no_service(client: Client, sam: User, service: SignInService) -> None:
    client.force_login(sam)
    addresses = [
        ADD,
        "/admin/onboarding/signinservice/",
        reverse("admin:onboarding_signinservice_change", args=[service.pk]),
    ]

    assert [client.get(one).status_code for one in addresses] == [403, 403, 403]
