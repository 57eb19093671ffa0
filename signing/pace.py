"""How much may be signed: the batch, the rate, and the daily cap of this signer."""

import time
from datetime import datetime

from django.conf import settings
from django.db.models import F

from onboarding.models import CSR, SigningDay
from signing import alarms


def signer() -> str:
    """The name of this signer, under which it counts."""
    return str(settings.SIGNER_NAME)


def limit(*, now: datetime) -> int:
    """How many CSRs the next batch may hold; 0 once the cap is reached, of which staff are told."""
    size = min(settings.SIGNING_BATCH, settings.SIGNING_RATE or settings.SIGNING_BATCH)
    if not settings.SIGNING_DAILY_CAP:
        return int(size)
    left = _left(_today(now))
    if left:
        alarms.cap_is_open()
    elif CSR.objects.awaiting_signature().exists():
        alarms.cap_is_reached()
    return min(size, left)


def review(*, now: datetime) -> None:
    """End the alarm about the cap once it is open again, though nothing waits."""
    if not settings.SIGNING_DAILY_CAP or _left(_today(now)):
        alarms.cap_is_open()


def rest(signed: int, *, since: float) -> None:
    """Wait until `signed` CSRs since `since` (monotonic) took as long as SIGNING_RATE says."""
    if settings.SIGNING_RATE:
        time.sleep(max(0.0, since + signed / settings.SIGNING_RATE - time.monotonic()))


def claim_today(wanted: int, *, now: datetime) -> int:
    """How many of `wanted` results may be recorded; counted in the caller's transaction.

    The row stays locked until the commit, so that the processes of a signer share one cap.
    """
    if not settings.SIGNING_DAILY_CAP:
        return wanted
    SigningDay.objects.get_or_create(signer=signer(), day=now.date())
    today = SigningDay.objects.select_for_update().get(signer=signer(), day=now.date())
    allowed = min(wanted, _left(today))
    SigningDay.objects.filter(pk=today.pk).update(signed=F("signed") + allowed)
    return allowed


def give_back(unused: int, *, now: datetime) -> None:
    """Results that were not taken do not count; in the transaction that counted them."""
    if settings.SIGNING_DAILY_CAP and unused:
        today = SigningDay.objects.filter(signer=signer(), day=now.date())
        today.update(signed=F("signed") - unused)


def _today(now: datetime) -> SigningDay | None:
    return SigningDay.objects.filter(signer=signer(), day=now.date()).first()


def _left(today: SigningDay | None) -> int:
    return max(0, settings.SIGNING_DAILY_CAP - (today.signed if today else 0))
