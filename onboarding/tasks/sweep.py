"""The sweep: whatever has waited longer than it should is asked for again."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from onboarding import queue
from onboarding.models import CSR, Mail
from onboarding.tasks import audit, campaigns, custody, imports, reminders, store

# So many keys take the workers longer to make than the next sweep is away.
_KEYS = 500


@shared_task(name=queue.SWEEP)
def sweep() -> None:
    """Nudge for keys, signatures, mails and exports that have waited for SWEEP_AFTER seconds."""
    now = timezone.now()
    # Longer than the work usually takes, so that only what was forgotten is asked for.
    since = now - timedelta(seconds=settings.SWEEP_AFTER)
    for csr_id in (
        CSR.objects.awaiting_key().filter(state_since__lt=since).values_list("pk")[:_KEYS]
    ):
        queue.make_csr(*csr_id)
    if Mail.objects.unsent().filter(queued_at__lt=since).free(now).exists():
        queue.send_mails()
    if CSR.objects.awaiting_signature().filter(state_since__lt=since).exists():
        queue.ask_signer_again()
    custody.ask_again(now=now, since=since)
    store.ask_again()
    imports.ask_again()
    campaigns.ask_again()
    reminders.ask_again(now=now)
    audit.ask_again()
