"""What a person carried in says nothing about a signer: none may be running."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from onboarding import queue, reasons
from onboarding.models import CSR, Event
from onboarding.stuck import Part
from signing.airgap.take import take
from signing.airgap.verdict import Desk
from signing.sign import Bench
from tests.signing.airgap import signed


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that answers: its socket is patched."""
    monkeypatch.setattr(queue, "is_reachable", lambda: True)


def signed_at(csr: CSR) -> datetime:
    return Event.objects.get(csr=csr, verb="record_signature").at


def test_an_import_is_not_taken_for_a_signer_at_work(
    three: list[CSR], bench: Bench, desk: Desk
) -> None:
    take(signed(three[:1], bench), desk=desk)

    said = reasons.why(Part.SIGNING, now=signed_at(three[0]))

    assert "at work" not in said
    assert "No signer has been seen so far" in said


def test_a_signer_at_work_is_seen_behind_an_import(
    three: list[CSR], bench: Bench, desk: Desk, online: Callable[[], None]
) -> None:
    carried = signed(three[:1], bench)
    CSR.objects.filter(pk=three[0].pk).update(state=CSR.State.SUBMITTED)
    online()
    CSR.objects.filter(pk=three[0].pk).update(state=CSR.State.APPROVED)
    take(carried, desk=desk)
    last = signed_at(three[2])

    said = reasons.why(Part.SIGNING, now=last + timedelta(seconds=59))
    later = reasons.why(Part.SIGNING, now=last + timedelta(seconds=61))

    assert said.startswith(f"The signer is at work, its last signature is of {last:%H:%M:%S} UTC")
    assert "at work" not in later
