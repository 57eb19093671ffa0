"""The worker shows itself without being asked: it is told apart from a beat that is away."""

import logging
from datetime import datetime, timedelta
from typing import Any

from celery.signals import heartbeat_sent
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from onboarding import pulses
from onboarding.models import Pulse

EVERY = timedelta(seconds=15)

logger = logging.getLogger(__name__)


class Heart:
    """Celery beats it every two seconds while the broker answers; now and then that is kept."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The next beat is kept, whenever the last one was."""
        self._kept_at: datetime | None = None

    def keep(self, **_: Any) -> None:
        """Any: Celery's signals pass all."""
        now = timezone.now()
        # A clock that was set back must not silence it.
        if self._kept_at and timedelta() <= now - self._kept_at < EVERY:
            return
        self._kept_at = now
        # One that broke since is opened anew.
        close_old_connections()
        try:
            pulses.show(Pulse.Process.WORKER, now=now)
        except DatabaseError as error:
            logger.warning("The worker could not show itself: %s", error)


heart = Heart()
heartbeat_sent.connect(heart.keep)
