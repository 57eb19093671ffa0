"""A broker that takes nothing, and vendor certificates that end when a test says so."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509

from onboarding import lifecycle, queue
from onboarding.lifecycle import Actor
from onboarding.models import VendorCertificate
from onboarding.pki import apple
from onboarding.pki.chain import Chain
from tests.pki import authority
from tests.pki.authority import NOW, Issuer

Announce = Callable[..., VendorCertificate]
AGES = NOW + timedelta(days=5000)


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that were asked for: the socket to the broker is patched away."""
    names: list[str] = []
    monkeypatch.setattr(queue, "_send", lambda task, *_: names.append(task))
    return names


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that answers: its socket is patched, too."""
    monkeypatch.setattr(queue, "is_reachable", lambda: True)


@pytest.fixture
def announce(db: None) -> Announce:
    """A vendor certificate as the signer announces it, real bytes with a real chain."""
    return _announce


def _announce(
    *, end: datetime, begin: datetime = NOW - timedelta(days=1), issuer_end: datetime = AGES
) -> VendorCertificate:
    root = Issuer(_ca(apple.ROOT.subject, "root", by=None, end=AGES), "root")
    wwdr = Issuer(_ca(apple.WWDR_G3.subject, "wwdr", by=root, end=issuer_end), "wwdr")
    leaf = authority.vendor(wwdr, begin=begin, end=end)
    chain = Chain((leaf, wwdr.certificate, root.certificate))
    return lifecycle.announce_vendor_certificate(chain, by=Actor.signer())


def _ca(subject: x509.Name, whose: str, *, by: Issuer | None, end: datetime) -> x509.Certificate:
    return authority.issue(subject, whose, by=by, extensions=authority.ca(), end=end)
