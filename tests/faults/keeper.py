"""`python -m tests.faults.keeper FOLDER IDENTITY`: people who want keys and exports, line by line.

Runs under the settings of worker, and answers as `tests.faults.desk` does. FOLDER is the stand-in
for Apple, IDENTITY the vendor's.
"""

import json
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import django

django.setup()

from cryptography import x509  # noqa: E402 - Django comes first
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.utils import timezone  # noqa: E402

from onboarding import errors, lifecycle, roles, seal, storage, store, tasks, trust  # noqa: E402
from onboarding.lifecycle import Actor  # noqa: E402
from onboarding.models import CSR, Customer, Export, Membership, PushCertificate, User  # noqa: E402
from onboarding.pki.names import Subject  # noqa: E402
from pushportal.sandbox.authority import Authority  # noqa: E402
from signing import identity as identities  # noqa: E402
from signing.sign import sign  # noqa: E402

PASSPHRASE = "tired of 4 horses"


def ask_keys(count: int) -> list[str]:
    """Ada wants so many CSRs, whose keys the worker makes; their ids."""
    subject = Subject(common_name="Keeper", country="DE")
    made = [lifecycle.request_csr(CUSTOMER, subject=subject, by=ADA) for _ in range(count)]
    return [str(csr.pk) for csr in made]


def activate(ids: Sequence[str]) -> list[str]:
    """From their keys to active certificates; the ids of these."""
    return [_activated(pk) for pk in ids]


def ask_exports(certificates: Sequence[str]) -> list[str]:
    """Ada wants the keys of these certificates; the ids of the exports."""
    return [_asked(pk) for pk in certificates]


def sweep() -> None:
    tasks.sweep()


def states(csrs: Sequence[str], exports: Sequence[str]) -> dict[str, int]:
    """How many of the CSRs and exports are in which state."""
    found = Counter(CSR.objects.filter(pk__in=csrs).values_list("state", flat=True))
    found.update(Export.objects.filter(pk__in=exports).values_list("state", flat=True))
    return found


def opened(exports: Sequence[str]) -> int:
    """How many of the exports open, and hold the key of their certificate."""
    return sum(map(_opens, Export.objects.filter(pk__in=exports)))


def compare() -> dict[str, int]:
    """What a comparison finds of these people and of files that nobody names, by kind.

    No file is too young for it.
    """
    bench = store.Bench.current(now=timezone.now() + timedelta(hours=1, minutes=1))
    findings = (one for page, _ in store.pages(bench) for one in page.findings)
    ours = (one for one in findings if CUSTOMER.name in one.sentence or one.kind == "orphan")
    return Counter(str(one.kind) for one in ours)


def forget(csrs: Sequence[str]) -> None:
    """What a control run left of these is nobody's care: as if they were another customer's."""
    other = Customer.objects.create(name="Nobody", country="DE")
    CSR.objects.filter(pk__in=csrs).update(customer=other)


def _activated(pk: str) -> str:
    csr = CSR.objects.select_related("customer", "requested_by").get(pk=pk)
    lifecycle.approve(csr, by=SAM)
    der = bytes(csr.der or b"")
    signed = sign(der, identity=IDENTITY, trust=trust.current(), now=timezone.now())
    certificate = lifecycle.announce_vendor_certificate(IDENTITY.chain, by=Actor.signer())
    lifecycle.record_signature(
        csr,
        signature=signed.signature,
        vendor_certificate=certificate,
        push_request_sha256=signed.sha256,
        by=Actor.signer(),
    )
    issued = x509.load_pem_x509_certificate(APPLE.issue(der)).public_bytes(Encoding.DER)
    return str(lifecycle.activate(csr, der=issued, upload="", by=ADA).pk)


def _asked(pk: str) -> str:
    export_id = uuid4()
    sealed = seal.passphrase(
        PASSPHRASE, export_id=export_id, custody_public_key=settings.CUSTODY_PUBLIC_KEY
    )
    lifecycle.ask_export(
        PushCertificate.objects.select_related("customer", "csr").get(pk=UUID(pk)),
        export_id=export_id,
        form=Export.Form.PKCS12,
        sealed_passphrase=sealed,
        by=ADA,
    )
    return str(export_id)


def _opens(export: Export) -> bool:
    try:
        held = pkcs12.load_pkcs12(storage.get(export.file), PASSPHRASE.encode())
    except (errors.PortalError, ValueError):
        return False
    der = held.cert.certificate.public_bytes(Encoding.DER) if held.cert else b""
    return der == bytes(export.push_certificate.der)


def _people() -> tuple[Customer, Actor, Actor]:
    # Each run is a customer of its own, for each has a storage of its own.
    customer = Customer.objects.create(name=f"Keeper {uuid4()}", country="DE")
    ada, _ = User.objects.get_or_create(email="ada@keeper.example")
    Membership.objects.get_or_create(user=ada, customer=customer, role=Membership.Role.ADMIN)
    sam, _ = User.objects.get_or_create(email="sam@keeper.example", is_staff=True)
    sam.groups.add(*Group.objects.filter(name__in=[roles.APPROVER, roles.OPERATOR]))
    return customer, Actor.of(ada), Actor.of(User.objects.get(pk=sam.pk))


# Any: each errand has options and an answer of its own.
ERRANDS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (ask_keys, activate, ask_exports, sweep, states, opened, compare, forget)
}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"answer": ERRANDS[asked["errand"]](**asked["options"])}
        except Exception:  # noqa: BLE001 - told to the test, whatever it is
            answer = {"failure": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    CUSTOMER, ADA, SAM = _people()
    APPLE = Authority.prepare(Path(sys.argv[1]), now=datetime.now(UTC))
    IDENTITY = identities.load(
        sys.argv[2], passphrase=None, trust=trust.current(), now=timezone.now()
    )
    main()
