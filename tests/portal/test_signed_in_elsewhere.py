"""Whom a sign-in service signs in reads so, and is sent no link for a password."""

from collections.abc import Callable

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from onboarding import tasks
from onboarding.models import SignInService, User
from tests.portal.openid_provider import Provider
from tests.portal.pages import text
from tests.portal.services import fresh_limits, provider, service, set_up
from tests.portal.test_doors import without_token

__all__ = ["fresh_limits", "provider", "service"]


def reset_mail(client: Client, user: User) -> tuple[str, str]:
    """Text and HTML of what "Forgotten password?" sends, after a look at what the page answers."""
    answers = [
        client.post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in (user.email, "nobody@acme.example")
    ]
    known, unknown = (without_token(one.content) for one in answers)
    assert known == unknown
    tasks.send_password_reset(str(user.pk))
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    return str(message.body), str(message.alternatives[0][0])


def test_whom_a_service_signs_in_gets_no_link_for_a_password(
    client: Client, service: SignInService, ada: User
) -> None:
    for body in reset_mail(client, ada):
        assert "with Acme sign-in" in body
        assert "/accounts/login/" in body
        assert "/key/" not in body


def test_staff_get_the_link_and_read_what_the_password_is_for(
    client: Client, provider: Provider, sam: User
) -> None:
    set_up(provider, "vendor.example", is_for_staff=True)

    for body in reset_mail(client, sam):
        assert "You sign in with Acme sign-in; the password is no way in for you." in body
        assert "/key/" in body


def test_the_mail_to_others_speaks_of_no_service(
    client: Client, service: SignInService, eve: User
) -> None:
    for body in reset_mail(client, eve):
        assert "/key/" in body
        assert "no way in" not in body


def test_your_account_says_who_signs_one_in(
    client_of: Callable[[User], Client], service: SignInService, ada: User, eve: User
) -> None:
    root = User.objects.create_superuser("root@acme.example", "pw", name="Root")

    adas, eves, roots = (text(client_of(one).get("/accounts/")) for one in (ada, eve, root))

    assert "Acme sign-in" in adas
    assert "Password and passkeys are no way in for you." in adas
    assert "asked for after the password" not in adas
    assert "your passkey is, should the service be down" in roots
    assert "Acme sign-in" not in eves
    assert "no way in" not in eves
