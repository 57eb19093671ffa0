"""Guards of the product, taken off in one process for a control run: then the fault must show."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any
from unittest.mock import patch

from celery import current_app
from django.utils import timezone

from onboarding import errors, queue
from onboarding.lifecycle import decision
from onboarding.models import CSR


class Guard(StrEnum):
    """What a signer is without, and what it does instead."""

    # Nothing is claimed, each statement commits by itself, and the mails are the first.
    TRANSACTION = "transaction"
    # Nothing is claimed, and a result is written whatever state the CSR is in.
    COMPARE_AND_SET = "compare-and-set"


def read(text: str) -> set[Guard]:
    return {Guard(name) for name in text.split()}


def written(guards: Collection[Guard]) -> str:
    return " ".join(guards)


def approval_lock_off() -> AbstractContextManager[object]:
    """While entered, approvals look at the state without a lock, and move it from any state."""
    return patch.multiple(decision, demand_state=_look, move=_move)


def nudge_off() -> None:
    """From now on a broker that is down is raised, not logged."""
    patch.multiple(queue, _send=_send).start()


def _look(csr: CSR, *, allowed: Collection[CSR.State]) -> None:
    csr.refresh_from_db()
    if csr.state not in allowed:
        raise errors.WrongState("It has moved on.")


def _move(csr: CSR, *, to: CSR.State, allowed: object, **changes: Any) -> None:
    # Any: columns, each of its own type.
    CSR.objects.filter(pk=csr.pk).update(state=to, state_since=timezone.now(), **changes)


def _send(task: str, *ids: str | int) -> None:
    current_app.send_task(task, args=ids, retry=True, retry_policy=queue.ONCE_MORE)
