"""`verbs FILE`: milliseconds of verbs with their Events, and in turn without.

Of each CSR of the file: the customer submits it, staff approve it, and the customer activates what
Apple issues for it; in between the signer records the signatures of BATCH at once.
"""

import json
import pickle
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import django

django.setup()

from cryptography import x509  # noqa: E402 - the settings come first
from cryptography.hazmat.primitives.serialization import Encoding  # noqa: E402
from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.csrs import Made  # noqa: E402
from onboarding import lifecycle  # noqa: E402
from onboarding.lifecycle import Actor, Signature, batch, transition  # noqa: E402
from onboarding.models import (  # noqa: E402
    CSR,
    Customer,
    Membership,
    User,
    VendorCertificate,
)
from pushportal.sandbox.authority import Authority  # noqa: E402

BATCH = 100
# Of each verb: milliseconds with Events, and without.
Times = dict[str, tuple[list[float], list[float]]]


@contextmanager
def without_events() -> Iterator[None]:
    """The verbs as they are, but for their Events."""
    writers = {"record": transition.record, "record_each": batch.record_each}
    modules = [
        module for name, module in sys.modules.items() if name.startswith("onboarding.lifecycle.")
    ]
    with ExitStack() as stack:
        for module in modules:
            for name, writer in writers.items():
                if getattr(module, name, None) is writer:
                    stack.enter_context(mock.patch.object(module, name, _nothing))
        yield


def _nothing(*_: object, **__: object) -> None:
    """In place of what writes an Event."""


def life(made: Sequence[Made], apple: Authority, found: Times) -> None:
    """A batch from its uploads to its certificates; each second call is without Events."""
    ada, acme = _customer()
    by, root = Actor.of(ada), Actor.of(User.objects.get(is_superuser=True))
    vendor = VendorCertificate.objects.get()
    csrs = [
        _timed(found, "submit_upload", at, partial(_submit, acme, one, by))
        for at, one in enumerate(made)
    ]
    for at, csr in enumerate(csrs):
        _timed(found, "approve", at, partial(lifecycle.approve, csr, by=root))
    for at in range(0, len(csrs), BATCH):
        signatures = [Signature(csr.pk, bytes(256), "0" * 64) for csr in csrs[at : at + BATCH]]
        record = partial(
            lifecycle.record_signatures,
            signatures,
            vendor_certificate=vendor,
            by=Actor.signer(),
            signer="signer-1",
        )
        _timed(found, f"record_signatures, {BATCH}", at // BATCH, record)
    for at, (csr, one) in enumerate(zip(csrs, made, strict=True)):
        issued = x509.load_pem_x509_certificate(apple.issue(one.der))
        der = issued.public_bytes(Encoding.DER)
        csr.refresh_from_db()
        _timed(found, "activate", at, partial(lifecycle.activate, csr, der=der, upload="", by=by))


def _submit(customer: Customer, made: Made, by: Actor) -> CSR:
    return lifecycle.submit_upload(customer, der=made.der, upload="", by=by)


def _timed(found: Times, verb: str, at: int, act: Callable[[], Any]) -> Any:
    """What the verb returns. Any: verbs return many things."""
    is_without = at % 2
    with without_events() if is_without else nullcontext():
        began = time.perf_counter()
        returned = act()
        found[verb][is_without].append((time.perf_counter() - began) * 1000)
    return returned


def _customer() -> tuple[User, Customer]:
    number = Customer.objects.count()
    ada = User.objects.create_user(f"ada-{number}@acme.example", "bench", name="Ada")
    acme = Customer.objects.create(name="Acme", country="DE", apple_account="push@acme.example")
    Membership.objects.create(user=ada, customer=acme, role=Membership.Role.ADMIN)
    return ada, acme


def _prepare() -> None:
    now = timezone.now()
    User.objects.create_superuser("root@vendor.example", "bench", name="Root")
    VendorCertificate.objects.create(
        subject="Vendor",
        fingerprint_sha256="0" * 64,
        public_key_sha256="0" * 64,
        serial="1",
        not_before=now,
        not_after=now + timedelta(days=300),
        chain="",
        announced_at=now,
    )


def main(file: str) -> None:
    made: list[Made] = pickle.loads(Path(file).read_bytes())
    apple = Authority.prepare(settings.VAR_DIR / "sandbox", now=timezone.now())
    _prepare()
    found: Times = defaultdict(lambda: ([], []))
    for at in range(0, len(made), 2 * BATCH):
        life(made[at : at + 2 * BATCH], apple, found)
        if not at:
            # The first calls load and prepare, and do not count.
            found.clear()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
