"""How people sign in: accounts are made by the vendor, and mails carry the portal's own address."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """misc: allauth publishes no types, so its classes are Any."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail address or the password is not right.",
        "enter_current_password": "This is not your current password.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": "Too many attempts to sign in. Wait five minutes, then try"
        " again, or reset your password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Built on PUBLIC_URL: the Host header is the sender's choice, and this link is a key."""
        user_id, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", args=[user_id, token])
        return f"{settings.PUBLIC_URL}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Any: allauth's context. A failure is logged only: the page must not tell of accounts."""
        context["vendor_name"] = settings.VENDOR_NAME
        context["portal_url"] = settings.PUBLIC_URL
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            logger.error("The mail %s was not sent: %s", template_prefix, error)
