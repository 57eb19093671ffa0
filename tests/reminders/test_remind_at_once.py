"""Two colleagues send the same renewal mail in one moment, on a database that lets them."""

from pathlib import Path

import pytest

from tests.beside import ran_on_postgresql

pytestmark = pytest.mark.needs("postgresql")

AT_ONCE = """
from datetime import timedelta
import django
django.setup()
from django.core.management import call_command
from django.utils import timezone
from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Contact, Customer, Mail, PushCertificate, User
from tests.at_once import at_once

call_command("migrate", verbosity=0)
now, refused = timezone.now(), []
root = User.objects.create_superuser("root@vendor.example", name="Root")
for number in range(10):
    acme = Customer.objects.create(name="Acme", country="DE")
    Contact.objects.create(customer=acme, email="it@acme.example")
    certificate = PushCertificate.objects.create(
        customer=acme, topic=f"com.apple.mgmt.External.{number}", der=b"x",
        fingerprint_sha256=f"{number}", activated_at=now,
        not_before=now, not_after=now + timedelta(days=9),
    )
    refused += at_once(*[lambda: lifecycle.remind_now(certificate, by=Actor.of(root))] * 2)
print(Mail.objects.count(), *refused)
"""


def test_of_two_clicks_at_once_one_sends(tmp_path: Path) -> None:
    assert ran_on_postgresql(AT_ONCE, tmp_path).split() == ["10", *["WrongState"] * 10]
