"""The points at which the signer may die, laid around the product's own functions."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from uuid import UUID

from onboarding import lifecycle, queue
from onboarding.lifecycle import signature
from onboarding.lifecycle.batch import record_each
from signing import drain
from signing.claim import Approved
from tests.faults.fate import Mortal, Point


def lay(mortal: Mortal, *, linger_seconds: float) -> None:
    """From now on the process passes by each point, and dies where its fate says so.

    It lingers between a result and its Event.
    Any: the product's arguments are handed on as they come.
    """
    # As the drain has it, which a control run may have changed.
    claimed = vars(drain)["claimed"]
    signed, work_through = drain._signed, drain._work_through
    record, send = lifecycle.record_signatures, queue._send

    @contextmanager
    def claim(limit: int, *, after: Approved | None) -> Iterator[list[Approved]]:
        with claimed(limit, after=after) as waiting:
            if waiting:
                mortal.work()
                mortal.pass_by(Point.CLAIM)
            yield waiting

    def sign(*args: Any) -> drain.Batch:
        batch = signed(*args)
        if batch.seen:
            mortal.pass_by(Point.SIGNING)
        return batch

    def write_events(*args: Any, **options: Any) -> None:
        mortal.pass_by(Point.MID_RECORD)
        time.sleep(linger_seconds)
        record_each(*args, **options)

    def write(*args: Any, **options: Any) -> list[UUID]:
        ids = record(*args, **options)
        mortal.pass_by(Point.BEFORE_COMMIT)
        return ids

    def nudge(task: str, *ids: str | int) -> None:
        if task == queue.SEND_MAILS:
            mortal.pass_by(Point.AFTER_COMMIT)
        send(task, *ids)

    def batch(*args: Any, **options: Any) -> list[Approved]:
        seen = work_through(*args, **options)
        if seen:
            mortal.pass_by(Point.BEFORE_ACK)
        return seen

    patch.multiple(drain, claimed=claim, _signed=sign, _work_through=batch).start()
    patch.multiple(signature, record_each=write_events).start()
    patch.multiple(lifecycle, record_signatures=write).start()
    patch.multiple(queue, _send=nudge).start()
