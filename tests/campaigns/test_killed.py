"""The worker is killed with SIGKILL in the midst of a campaign, and goes on where it was."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.beside import ROOT, environment
from tests.servers.postgresql import PostgreSQL

pytestmark = pytest.mark.needs("postgresql")

COUNT = 60
SET_UP = """
import sys
from datetime import timedelta
import django
django.setup()
from django.core.management import call_command
from django.utils import timezone
from onboarding import lifecycle, queue
from onboarding.campaigns import Selection
from onboarding.lifecycle import Actor, campaigns
from onboarding.models import Campaign, CampaignRow, Contact, Customer, Mail, PushCertificate, User

queue._send = lambda *_: None
campaigns.BATCH = 2
"""
FILL = f"""
call_command("migrate", verbosity=0)
now = timezone.now()
root = User.objects.create_superuser("root@vendor.example", name="Root")
for number in range({COUNT}):
    customer = Customer.objects.create(name=str(number), country="DE")
    Contact.objects.create(customer=customer, email=f"it@{{number}}.example")
    PushCertificate.objects.create(
        customer=customer, topic=f"com.apple.mgmt.External.{{number}}", der=b"x",
        fingerprint_sha256=str(number), not_before=now,
        not_after=now + timedelta(days=number % 7 + 1), activated_at=now,
    )
by = Actor.of(root)
campaign = lifecycle.prepare_campaign(title="All", selection=Selection(), text="", by=by)
lifecycle.start_campaign(campaign, by=by)
"""
WORK = """
campaign = Campaign.objects.get()
while lifecycle.mail_campaign(campaign, now=timezone.now(), by=Actor.worker()):
    print("batch", flush=True)
lifecycle.end_campaign(campaign, by=Actor.worker())
"""
TELL = """
campaign = Campaign.objects.get()
print(campaign.state, campaign.done, campaign.mails, CampaignRow.objects.count())
print(*Mail.objects.values_list("recipient", flat=True))
"""
Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture(params=["sqlite", "postgresql"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Begin a process with this program, on a database of the test's own."""
    server = None
    address = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    if request.param == "postgresql":
        server = PostgreSQL.start(tmp_path / "postgresql", fsync="off")
        address = server.create("campaign")

    def started(program: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", SET_UP + program],
            cwd=ROOT,
            env=environment(address, tmp_path / "var"),
            stdout=subprocess.PIPE,
            text=True,
        )

    yield started
    if server:
        server.stop()


def test_a_campaign_survives_sigkill_and_mails_each_once(start: Start) -> None:
    filling = start(FILL)
    filling.communicate()
    assert filling.returncode == 0
    killed = 0

    while True:
        worker = start(WORK)
        assert worker.stdout is not None
        for number, _ in enumerate(worker.stdout):
            if number == 3 and killed < 5:
                os.kill(worker.pid, signal.SIGKILL)
                killed += 1
                break
        worker.stdout.close()
        status = worker.wait()
        assert status in {0, -signal.SIGKILL}
        if status == 0:
            break

    told, _ = start(TELL).communicate()
    state, recipients = told.splitlines()
    assert killed == 5
    assert state.split() == ["done", str(COUNT), str(COUNT), str(COUNT)]
    assert set(Counter(recipients.split()).values()) == {1}
    assert len(recipients.split()) == COUNT
