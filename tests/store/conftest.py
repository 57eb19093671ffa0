"""An instance with one of each kind of file, and what a comparison finds in it."""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from onboarding import keys, lifecycle, storage, store
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, PushCertificate, User
from onboarding.pki import pem
from onboarding.pki.names import Subject
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of
from tests.stores import path


def find(*, later: timedelta = timedelta(0)) -> list[store.Finding]:
    """All findings of one comparison, those included that are no differences."""
    bench = store.Bench.current(now=timezone.now() + later)
    return [finding for page, _ in store.pages(bench) for finding in page.findings]


def kinds(findings: list[store.Finding]) -> list[str]:
    return [str(finding.kind) for finding in findings]


def old_file(folder: str, content: bytes) -> str:
    """The name of a file that has been in storage since yesterday."""
    name = storage.name_of(folder, content)
    return make_old(name, content)


def make_old(name: str, content: bytes) -> str:
    # Beside the storage: no server lets the time of a file be chosen.
    path(name).parent.mkdir(parents=True, exist_ok=True)
    path(name).write_bytes(content)
    at = (timezone.now() - timedelta(days=1)).timestamp()
    os.utime(path(name), (at, at))
    return name


@pytest.fixture
def uploaded(globex: Customer, eve: User, sam: User, sign_all: Callable[[], None]) -> CSR:
    """Eve's own CSR, with the file that she uploaded; signed."""
    der = keys.build_csr(keys.new_push_key(), Subject(organization="Globex", country="US"))
    text = pem.encode("CERTIFICATE REQUEST", der).encode()
    name = storage.put(storage.UPLOADS, text)
    csr = lifecycle.submit_upload(globex, der=der, upload=name, by=Actor.of(eve))
    lifecycle.approve(csr, by=Actor.of(sam))
    sign_all()
    csr.refresh_from_db()
    return csr


@pytest.fixture
def whole(signed: CSR, uploaded: CSR, apple: Authority, ada: User) -> PushCertificate:
    """An active certificate with its upload and its sealed key, and a CSR with its upload."""
    issued = apple.issue(bytes(signed.der or b""))
    upload = storage.put(storage.UPLOADS, issued)
    return lifecycle.activate(signed, der=der_of(issued), upload=upload, by=Actor.of(ada))


@pytest.fixture
def der() -> bytes:
    """A CSR of another key."""
    return keys.build_csr(keys.new_push_key(), Subject(organization="Acme", country="DE"))
