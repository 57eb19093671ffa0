"""Mails: those that the flow owes, and links for a new password."""

from smtplib import SMTPException

from celery import shared_task

from onboarding import outbox, password_reset, queue
from onboarding.models import User
from onboarding.tasks import campaigns


@shared_task(name=queue.SEND_MAILS)
def send_mails() -> None:
    """Send what is owed, oldest first; safe twice and at several workers at once."""
    outbox.drain()
    # A campaign waits until the mails before its next ones are gone.
    campaigns.ask_again()


@shared_task(
    name=queue.SEND_PASSWORD_RESET,
    autoretry_for=(OSError, SMTPException),
    max_retries=3,
    default_retry_delay=30,
)
def send_password_reset(user_id: str) -> None:
    """Send the link for a new password; nothing is kept of it, a person just asks again."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user:
        password_reset.compose(user).send()
