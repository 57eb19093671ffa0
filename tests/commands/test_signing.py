"""`signing`: approved CSRs go to a machine without network, and their signatures come back."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from onboarding import lifecycle, signed_request
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Event, Mail, User
from signing import tasks
from tests.commands.carried import changed
from tests.commands.terminal import ROOT, Ran, Terminal
from tests.signing.airgap import states
from tests.signing.vendor import PASSPHRASE, Vendor, key_pem

# Runs manage.py with every door to network and database shut, and says which one was tried.
_SHUT_IN = """
import runpy, sys
from pathlib import Path
DOORS = "connect", "getaddrinfo", "gethostbyname", "sendto", "sendmsg", "bind"
def refuse(event, _):
    if event in {"sqlite3.connect", *(f"socket.{door}" for door in DOORS)}:
        sys.exit(f"TRIED {event}")
sys.addaudithook(refuse)
sys.argv = sys.argv[1:]
sys.path[0] = str(Path(sys.argv[0]).parent)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_what_is_approved_here_and_signed_there_is_what_apple_takes(
    three: list[CSR], carry: Callable[[], Ran], vendor: Vendor
) -> None:
    ran = carry()

    assert ran.returncode == 0, ran.stderr
    assert (
        "3 results: 3 signed, 0 failed, 0 recorded already, 0 left alone, 0 refused." in ran.stdout
    )
    assert states(three) == ["signed"] * 3
    for csr in three:
        assert Event.objects.filter(csr=csr, verb="record_signature").count() == 1
        assert Mail.objects.filter(csr=csr, kind=Mail.Kind.READY).exists()
        content = signed_request.assemble(csr)
        vendor.apple.create(content, account="push@acme.example", now=datetime.now(UTC))


def test_a_second_import_says_so_and_changes_nothing(
    three: list[CSR], carry: Callable[[], Ran], terminal: Terminal
) -> None:
    carry()
    events, mails = Event.objects.count(), Mail.objects.count()

    ran = terminal.manage("signing", "import", "back")

    assert ran.returncode == 0, ran.stderr
    assert "0 signed, 0 failed, 3 recorded already" in ran.stdout
    assert (Event.objects.count(), Mail.objects.count()) == (events, mails)


def test_signing_needs_neither_network_nor_database(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    shut_in = f"{sys.executable} -c '{_SHUT_IN}' {ROOT / 'manage.py'} signing"

    ran = offline.bash(f"{shut_in} sign out -o back --yes")

    assert ran.returncode == 0, ran.stderr
    assert "3 CSRs signed" in ran.stdout


@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        # The driver for PostgreSQL opens its own doors: there nothing listens behind them.
        ("postgres://nobody@127.0.0.1:1/nothing", "The database cannot be used"),
        ("sqlite:///shut.db", "TRIED sqlite3.connect"),
    ],
)
def test_the_doors_of_that_test_are_shut(offline: Terminal, database: str, sentence: str) -> None:
    shut_in = f"{sys.executable} -c '{_SHUT_IN}' {ROOT / 'manage.py'} signing"
    alone = Terminal(offline.folder, {**offline.environment, "DATABASE_URL": database})

    ran = alone.bash(f"{shut_in} export -o out")

    assert ran.returncode == 1
    assert sentence in ran.stderr


def test_one_bad_csr_fails_alone_and_is_named_on_both_machines(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    CSR.objects.filter(pk=three[1].pk).update(der=b"\x30\x03\x02\x01\x05")
    terminal.manage("signing", "export", "-o", "out")

    signed = offline.start("signing", "sign", "out", "-o", "back", "--yes")
    imported = terminal.manage("signing", "import", "back", "--yes")

    assert signed.returncode == imported.returncode == 0
    assert f"failed   {three[1].pk}: " in signed.stdout
    assert "2 CSRs signed, 1 that could not be" in signed.stdout
    assert f"failed     {three[1].pk}: " in imported.stdout
    assert states(three) == ["signed", "failed", "signed"]


def test_a_record_that_makes_no_sense_is_left_out_and_told(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    changed(terminal.folder / "out", 2, der="no base64")

    ran = offline.start("signing", "sign", "out", "-o", "back", "--yes")

    assert ran.returncode == 1
    assert "left     line 3: It is not of the form" in ran.stdout
    assert "1 CSR could not be tried" in ran.stderr
    assert "2 CSRs signed" in ran.stdout
    assert terminal.manage("signing", "import", "back", "--yes").returncode == 0
    assert states(three) == ["signed", "approved", "signed"]


def test_a_changed_result_is_named_and_refused_while_the_others_go_in(
    three: list[CSR], carry: Callable[[], Ran], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    offline.start("signing", "sign", "out", "-o", "back", "--yes")
    changed(terminal.folder / "back", 1, signature="AAAA")
    changed(terminal.folder / "back", 3, der="no base64")

    ran = terminal.manage("signing", "import", "back", "--yes")

    assert ran.returncode == 1
    assert f"refused    {three[0].pk}: Its signature was not made" in ran.stdout
    assert "refused    line 4: It is not of the form" in ran.stdout
    assert "2 of 3 results were REFUSED" in ran.stderr
    assert states(three) == ["approved", "signed", "approved"]


def test_what_the_online_signer_signed_meanwhile_is_told(
    three: list[CSR], terminal: Terminal, offline: Terminal, settings: Settings
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    offline.start("signing", "sign", "out", "-o", "back", "--yes")
    settings.SIGNING_IDENTITY = offline.environment["SIGNING_IDENTITY"]
    settings.SIGNING_IDENTITY_PASSPHRASE = PASSPHRASE
    tasks.sign_approved()

    ran = terminal.manage("signing", "import", "back")

    assert ran.returncode == 0, ran.stderr
    assert "0 signed, 0 failed, 3 recorded already" in ran.stdout


def test_what_was_withdrawn_meanwhile_is_named_and_left_alone(
    three: list[CSR], terminal: Terminal, offline: Terminal, ada: User
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    lifecycle.withdraw(three[2], by=Actor.of(ada))
    offline.start("signing", "sign", "out", "-o", "back", "--yes")

    ran = terminal.manage("signing", "import", "back", "--yes")

    assert ran.returncode == 0, ran.stderr
    assert f"left alone {three[2].pk}: It is now “Withdrawn”" in ran.stdout
    assert states(three) == ["signed", "signed", "withdrawn"]


def test_of_several_identities_the_newest_signs(
    three: list[CSR], terminal: Terminal, offline: Terminal, vendor: Vendor
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    now = datetime.now(UTC)
    first, uppers = vendor.pem(), vendor.chain.removeprefix(vendor.leaf)
    renewed = vendor.certificate(begin=now, end=now + timedelta(days=99))
    second = vendor.file("second.pem", key_pem(vendor.key) + renewed + uppers)
    both = Terminal(
        offline.folder,
        {**terminal.environment, "SIGNING_IDENTITY": f"{first.as_uri()} {second.as_uri()}"},
    )

    ran = both.start("signing", "sign", "out", "-o", "back", "--yes")

    assert ran.returncode == 0, ran.stderr
    assert json.loads((terminal.folder / "back").read_text().splitlines()[0])["chain"] == (
        renewed + uppers
    )


def test_a_limited_export_says_how_many_are_left(three: list[CSR], terminal: Terminal) -> None:
    limited = terminal.manage("signing", "export", "-o", "some", "--limit", "2")
    whole = terminal.manage("signing", "export", "-o", "all", "--limit", "3")

    assert "2 CSRs. SHA-256" in limited.stdout
    assert "1 CSR waits beside these." in limited.stdout
    assert "beside these" not in whole.stdout


def test_the_results_of_another_portal_are_told(
    three: list[CSR], carry: Callable[[], Ran], terminal: Terminal, settings: Settings
) -> None:
    carry()
    settings.PUBLIC_URL = "https://other.example"

    ran = terminal.manage("signing", "import", "back")

    assert "The file is of http://127.0.0.1:8000, and this is https://other.example." in ran.stdout
