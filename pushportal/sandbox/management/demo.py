"""People and customers to try the portal with: made once, their passwords kept in one file."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import Group
from django.db import transaction

from onboarding.models import Customer, Membership, User

STAFF_GROUPS = ("Approver", "Operator")


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    role: str
    customer: str = ""
    membership: str = ""


PEOPLE = (
    Person("Ada", "ada@acme.example", "admin at Acme", "Acme", Membership.Role.ADMIN),
    Person("Bob", "bob@acme.example", "reads at Acme", "Acme", Membership.Role.READER),
    Person("Eve", "eve@globex.example", "admin at Globex", "Globex", Membership.Role.ADMIN),
    Person("Sam", "sam@vendor.example", "vendor staff"),
    Person("Sue", "sue@vendor.example", "vendor staff"),
)
COUNTRIES = {"Acme": "DE", "Globex": "US"}


def prepare(accounts: Path) -> list[dict[str, str]]:
    """Make who is missing, and return all with their passwords, as kept in the file `accounts`."""
    kept = json.loads(accounts.read_text()) if accounts.exists() else []
    passwords = {one["email"]: one["password"] for one in kept}
    listed = [_listed(person, passwords.get(person.email)) for person in PEOPLE]
    # File first, people second: a crash between the two leaves no one whose password is unknown.
    _write(accounts, json.dumps(listed, indent=2))
    with transaction.atomic():
        for person, entry in zip(PEOPLE, listed, strict=True):
            _ensure(person, entry["password"])
    return listed


def _listed(person: Person, password: str | None) -> dict[str, str]:
    return {
        "name": person.name,
        "email": person.email,
        "password": password or secrets.token_urlsafe(12),
        "role": person.role,
    }


def _ensure(person: Person, password: str) -> None:
    if User.objects.filter(email=person.email).exists():
        return
    user = User.objects.create_user(
        person.email, password, name=person.name, is_staff=not person.customer
    )
    if not person.customer:
        user.groups.add(*Group.objects.filter(name__in=STAFF_GROUPS))
        return
    customer, _ = Customer.objects.get_or_create(
        name=person.customer, defaults={"country": COUNTRIES[person.customer]}
    )
    Membership.objects.create(user=user, customer=customer, role=person.membership)


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
