"""`python -m tests.faults.desk FILE`: people at work, as told line by line on standard input.

Runs under the settings of web. Each line is JSON: an errand and its options; each answer is one
line of JSON on standard output. FILE holds CSRs that customers can upload.
"""

import json
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django comes first
from django.contrib.auth.models import Group  # noqa: E402
from django.db import (  # noqa: E402
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)
from django.test import Client, override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from onboarding import errors, lifecycle, queue, roles, signed_request, trust  # noqa: E402
from onboarding.lifecycle import Actor  # noqa: E402
from onboarding.models import CSR, Contact, Customer, Membership, User  # noqa: E402
from onboarding.pki import push_request  # noqa: E402
from tests.faults import guards  # noqa: E402
from tests.faults.desk_facts import ADA, SAM, SUE  # noqa: E402

STAFF = 4
# Of these, desk_facts.READERS are told.
ADDRESSES = {
    "ada": Membership.Role.ADMIN,
    "cy": Membership.Role.ADMIN,
    "bob": Membership.Role.READER,
}
CONTACTS = ("push@acme.example", "ADA@acme.example")
PATIENCE = timedelta(seconds=60)
AWAY = (OperationalError, InterfaceError)


def submit(count: int) -> list[str]:
    """Ada uploads so many CSRs; their ids."""
    ada = Actor.of(User.objects.get(email=ADA))
    der = (DERS.pop() for _ in range(count))
    made = [lifecycle.submit_upload(acme(), der=one, upload="", by=ada) for one in der]
    return [str(csr.pk) for csr in made]


def approve(ids: Sequence[str]) -> float:
    """Sam approves them; the longest that one took. He tries again while the database is away."""
    return max((_approved(pk) for pk in ids), default=0.0)


def approve_at_once(id: str, times: int, needed: int, off: bool) -> dict[str, int]:  # noqa: A002, FBT001
    """So many approvals of one CSR by all staff at the same moment; how many were taken."""
    staff = [Actor.of(user) for user in _staff()]
    together = threading.Barrier(times)

    def click(turn: int) -> str:
        csr = CSR.objects.select_related("customer", "requested_by").get(pk=id)
        together.wait()
        try:
            lifecycle.approve(csr, by=staff[turn % len(staff)])
        except errors.WrongState as error:
            return error.code
        else:
            return "taken"
        finally:
            connection.close()

    with (
        override_settings(APPROVALS_REQUIRED=needed),
        guards.approval_lock_off() if off else nullcontext(),
        ThreadPoolExecutor(times) as threads,
    ):
        answers = list(threads.map(click, range(times)))
    return {answer: answers.count(answer) for answer in set(answers)}


def withdraw(ids: Sequence[str]) -> None:
    """Ada takes back what of these is not signed."""
    ada = Actor.of(User.objects.get(email=ADA))
    for csr in CSR.objects.live().filter(pk__in=ids).exclude(state=CSR.State.SIGNED):
        lifecycle.withdraw(csr, by=ada)


def nudge(times: int) -> None:
    """So many messages that ask for signatures, and as many that ask for mails."""
    for _ in range(times):
        queue.sign_approved()
        queue.send_mails()


def verify(ids: Sequence[str]) -> list[str]:
    """Make each signed request again and judge it as Apple would; what is wrong, in words."""
    wrong = []
    for csr in CSR.objects.filter(pk__in=ids).select_related("vendor_certificate"):
        try:
            content = signed_request.assemble(csr)
            push_request.verify(content, trust=trust.current(), now=timezone.now())
        except errors.PortalError as error:
            wrong.append(f"{csr.pk}: {error}")
    return wrong


def sign_in() -> dict[str, str]:
    """The session cookies of Ada, Sam and Sue."""
    return {email: _session(email) for email in (ADA, SAM, SUE)}


@cache
def acme() -> Customer:
    """The customer and all people; made once."""
    customer = Customer.objects.create(name="Acme", country="DE")
    for name, role in ADDRESSES.items():
        user = User.objects.create_user(f"{name}@acme.example", None, name=name)
        Membership.objects.create(user=user, customer=customer, role=role)
    Contact.objects.bulk_create(Contact(customer=customer, email=email) for email in CONTACTS)
    approvers = Group.objects.get(name=roles.APPROVER)
    for turn in range(STAFF):
        email = f"staff{turn}@vendor.example"
        user = User.objects.create_user(email, None, name=f"Staff {turn}", is_staff=True)
        user.groups.add(approvers)
    return customer


def _staff() -> list[User]:
    return [*User.objects.filter(is_staff=True).order_by("email")]


def _approved(pk: str) -> float:
    began = time.monotonic()
    deadline = began + PATIENCE.total_seconds()
    while True:
        try:
            csr = CSR.objects.select_related("customer", "requested_by").get(pk=pk)
            if csr.state == CSR.State.SUBMITTED:
                lifecycle.approve(csr, by=Actor.of(_staff()[0]))
            return time.monotonic() - began
        except AWAY:
            # Whether it was committed is not known: he looks again.
            if time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(0.1)


def _session(email: str) -> str:
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


# Any: each errand has options and an answer of its own.
ERRANDS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (submit, approve, approve_at_once, withdraw, nudge, verify, sign_in)
}
DERS: list[bytes] = []


def main(file: str) -> None:
    DERS.extend(bytes.fromhex(line) for line in Path(file).read_text().split())
    answers = sys.stdout
    acme()
    for line in sys.stdin:
        asked = json.loads(line)
        # The database may have been away meanwhile.
        close_old_connections()
        try:
            answer = {"answer": ERRANDS[asked["errand"]](**asked["options"])}
        except Exception:  # noqa: BLE001 - told to the test, whatever it is
            answer = {"failure": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
