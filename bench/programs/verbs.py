"""`verbs FILE`: milliseconds of verbs with their Events, and in turn without.

Of each CSR of the file: the customer submits it, staff approve it, and the customer activates what
Apple issues for it; in between the signer signs BATCH of them and records that at once.
"""

import json
import pickle
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime
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
from onboarding import lifecycle, trust  # noqa: E402
from onboarding.lifecycle import Actor, Signature, batch, transition  # noqa: E402
from onboarding.models import (  # noqa: E402
    CSR,
    Customer,
    Membership,
    User,
    VendorCertificate,
)
from pushportal.sandbox.authority import Authority  # noqa: E402
from signing import drain, identity, sign  # noqa: E402

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


def life(made: Sequence[Made], apple: Authority, signer: sign.Bench, found: Times) -> None:
    """A batch from its uploads to its certificates; each second call is without Events."""
    ada, acme = _customer()
    by, root = Actor.of(ada), Actor.of(User.objects.get(is_superuser=True))
    vendor = drain.announce(signer.identity.chain)
    csrs = [
        _timed(found, "submit_upload", at, partial(_submit, acme, one, by))
        for at, one in enumerate(made)
    ]
    for at, csr in enumerate(csrs):
        _timed(found, "approve", at, partial(lifecycle.approve, csr, by=root))
    for at in range(0, len(csrs), BATCH):
        batch = partial(_sign_and_record, csrs[at : at + BATCH], signer, vendor)
        _timed(found, f"sign and record {BATCH}", at // BATCH, batch)
    for at, (csr, one) in enumerate(zip(csrs, made, strict=True)):
        issued = x509.load_pem_x509_certificate(apple.issue(one.der))
        der = issued.public_bytes(Encoding.DER)
        csr.refresh_from_db()
        _timed(found, "activate", at, partial(lifecycle.activate, csr, der=der, upload="", by=by))


def _sign_and_record(csrs: Sequence[CSR], signer: sign.Bench, vendor: VendorCertificate) -> None:
    signed = [(csr, signer.sign(bytes(csr.der or b""))) for csr in csrs]
    lifecycle.record_signatures(
        [Signature(csr.pk, one.signature, one.sha256) for csr, one in signed],
        vendor_certificate=vendor,
        by=Actor.signer(),
        signer="signer-1",
    )


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


def _signer(now: datetime) -> sign.Bench:
    """The stand-in's vendor, as the signer would sign with it."""
    url = (settings.VAR_DIR / "sandbox" / "vendor.pem").as_uri()
    loaded = identity.load(url, passphrase=None, trust=trust.current(), now=now)
    return sign.set_up(loaded, trust=trust.current(), now=now)


def main(file: str) -> None:
    made: list[Made] = pickle.loads(Path(file).read_bytes())
    now = timezone.now()
    apple, signer = Authority.prepare(settings.VAR_DIR / "sandbox", now=now), _signer(now)
    User.objects.create_superuser("root@vendor.example", "bench", name="Root")
    found: Times = defaultdict(lambda: ([], []))
    for at in range(0, len(made), 2 * BATCH):
        life(made[at : at + 2 * BATCH], apple, signer, found)
        if not at:
            # The first calls load and prepare, and do not count.
            found.clear()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
