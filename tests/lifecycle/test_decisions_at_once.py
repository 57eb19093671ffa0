"""Decisions in the same moment, on a database that lets them: no limit and no number gives way."""

from pathlib import Path

import pytest

from tests.beside import ran_on_postgresql

pytestmark = pytest.mark.needs("postgresql")

SCENE = """
from datetime import timedelta
import django
django.setup()
from django.core.management import call_command
from django.utils import timezone
from onboarding import keys, lifecycle, queue
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR, Approval, Customer, Event, Membership, PushCertificate, StandingUse, User,
    VendorCertificate,
)
from onboarding.pki.names import Subject
from tests.at_once import at_once

queue._send = lambda *_: None
call_command("migrate", verbosity=0)
now = timezone.now()
SUBJECT = Subject(common_name="Acme push", country="DE")
acme = Customer.objects.create(name="Acme", country="DE", apple_account="push@acme.example")
ada = User.objects.create_user("ada@acme.example", name="Ada")
Membership.objects.create(user=ada, customer=acme, role="admin")
staff = [
    User.objects.create_superuser(f"{name}@vendor.example", "pw", name=name)
    for name in ("sam", "sue", "sam+2")
]
def waiting(**columns):
    der = keys.build_csr(keys.new_push_key(), SUBJECT)
    csr = lifecycle.request_csr(acme, subject=SUBJECT, by=Actor.of(ada), **columns)
    def submit():
        lifecycle.submit(csr, der=der, sealed_key="x", custody_key="", by=Actor.worker())
    return csr, submit
"""
RENEWALS = """
vendor = VendorCertificate.objects.create(
    subject="x", fingerprint_sha256="x", not_before=now, not_after=now, announced_at=now)

def certificate(number):
    csr, submit = waiting()
    submit()
    CSR.objects.filter(pk=csr.pk).update(
        state="fulfilled", signature=b"x", vendor_certificate=vendor, push_request_sha256="x")
    return PushCertificate.objects.create(
        customer=acme, csr_id=csr.pk, topic=f"com.apple.mgmt.External.{number}", der=b"x",
        apple_account=acme.apple_account, not_before=now, not_after=now + timedelta(days=9),
        activated_at=now, fingerprint_sha256=str(number))

certificates = [certificate(number) for number in range(6)]
lifecycle.give_standing_approval(
    acme, ends_at=now + timedelta(days=9), monthly_limit=2, by=Actor.of(staff[0]))
refused = at_once(*(waiting(renews=one)[1] for one in certificates))
renewals = CSR.objects.exclude(renews=None)
print(renewals.filter(state="approved").count(), renewals.filter(state="submitted").count())
print(StandingUse.objects.count(), Event.objects.filter(verb="use_standing_approval").count())
print(refused)
"""
APPROVALS = """
Customer.objects.update(approvals_required=2)
acme.refresh_from_db()
ends, refused = [], []
for _ in range(8):
    csr, submit = waiting()
    submit()
    refused += at_once(*(lambda by=by: lifecycle.approve(csr, by=Actor.of(by)) for by in people()))
    csr.refresh_from_db()
    ends.append(csr.state)
print(*sorted(set(ends)), Approval.objects.count(), Event.objects.filter(verb="approve").count())
print(*refused)
"""


def ran(script: str, folder: Path) -> list[list[str]]:
    """The lines that the script prints, on a server of its own, split into words."""
    told = ran_on_postgresql(f"{SCENE}{script}", folder)
    return [line.split() for line in told.splitlines()]


def test_renewals_at_once_stay_within_the_limit(tmp_path: Path) -> None:
    assert ran(RENEWALS, tmp_path) == [["2", "4"], ["2", "2"], ["[]"]]


def test_two_people_at_once_approve_each_csr_once(tmp_path: Path) -> None:
    script = f"people = lambda: staff[:2]\n{APPROVALS}"

    assert ran(script, tmp_path) == [["approved", "16", "16"], []]


def test_one_person_with_two_accounts_at_once_is_one(tmp_path: Path) -> None:
    script = f"people = lambda: [staff[0], staff[2]]\n{APPROVALS}"

    counted, refused = ran(script, tmp_path)

    assert counted == ["submitted", "8", "8"]
    assert refused == ["NotAllowed"] * 8
