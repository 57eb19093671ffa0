"""`signing`: approved CSRs go to a machine without network, and their signatures come back."""

import json
import re
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django import Settings

from onboarding import errors, lifecycle, signed_request
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Event, Mail, User, VendorCertificate
from signing import tasks
from signing.management import progress
from signing.sign import Bench, SignedRequest
from tests.commands.terminal import ROOT, Ran, Terminal
from tests.signing.vendor import PASSPHRASE, Vendor, csr_der, key_pem

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


@pytest.fixture(scope="session")
def push_keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]


@pytest.fixture
def three(acme: Customer, ada: User, sam: User, push_keys: list[rsa.RSAPrivateKey]) -> list[CSR]:
    """Approved one after the other."""
    csrs = [
        lifecycle.submit_upload(acme, der=csr_der(key), upload="", by=Actor.of(ada))
        for key in push_keys
    ]
    for csr in csrs:
        lifecycle.approve(csr, by=Actor.of(sam))
    return csrs


@pytest.fixture
def offline(terminal: Terminal, vendor: Vendor) -> Terminal:
    """The offline machine: only the signer's settings, in processes of their own."""
    identity = vendor.pem(passphrase=PASSPHRASE).as_uri()
    own = {"SIGNING_IDENTITY": identity, "SIGNING_IDENTITY_PASSPHRASE": PASSPHRASE}
    return Terminal(terminal.folder, {**terminal.environment, **own})


@pytest.fixture
def carry(terminal: Terminal, offline: Terminal) -> Callable[[], Ran]:
    """There and back: what the import says."""

    def there_and_back() -> Ran:
        assert terminal.manage("signing", "export", "-o", "out", "--force").returncode == 0
        ran = offline.start("signing", "sign", "out", "-o", "back", "--yes", "--force")
        assert ran.returncode == 0, ran.stderr
        return terminal.manage("signing", "import", "back", "--yes")

    return there_and_back


def states(csrs: list[CSR]) -> list[str]:
    for csr in csrs:
        csr.refresh_from_db()
    return [csr.state for csr in csrs]


def changed(path: Path, line: int, **values: str) -> None:
    """Change a record as someone would who knows the form: the last line fits again."""
    lines = path.read_bytes().splitlines(keepends=True)[:-1]
    lines[line] = json.dumps({**json.loads(lines[line]), **values}).encode() + b"\n"
    end = {"count": len(lines) - 1, "sha256": sha256(b"".join(lines)).hexdigest()}
    path.write_bytes(b"".join(lines) + json.dumps(end).encode() + b"\n")


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


def test_export_and_sign_show_the_same_sha256(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    exported = terminal.manage("signing", "export", "-o", "out")

    signed = offline.start("signing", "sign", "out", "-o", "back", "--yes")

    digest = sha256((terminal.folder / "out").read_bytes()).hexdigest()
    assert digest in exported.stdout
    assert digest in signed.stdout


def test_a_person_sees_what_is_to_be_signed_and_says_yes(
    three: list[CSR], terminal: Terminal, offline: Terminal, vendor: Vendor
) -> None:
    terminal.manage("signing", "export", "-o", "out")

    status, shown = offline.typed("signing", "sign", "out", "-o", "back", answers=["yes"])

    assert status == 0, shown
    assert "Customers: Acme (3)" in shown
    assert "Signed by: MDM Vendor: Example MDM" in shown
    assert "TRUST_ANCHORS is set" in shown
    assert "Sign 3 CSRs? Type yes: " in shown
    assert (terminal.folder / "back").exists()


def test_anything_but_yes_signs_nothing(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")

    status, shown = offline.typed("signing", "sign", "out", "-o", "back", answers=["y"])

    assert status == 1
    assert "Nothing was done." in shown
    assert not (terminal.folder / "back").exists()


def test_the_end_of_input_is_no_yes(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")

    # What a terminal makes of Ctrl-D.
    status, shown = offline.typed("signing", "sign", "out", "-o", "back", answers=["\x04"])

    assert status == 1
    assert "Nothing was done." in shown
    assert "Traceback" not in shown


def test_without_a_terminal_yes_must_be_given(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")

    ran = offline.start("signing", "sign", "out", "-o", "back")

    assert ran.returncode == 1
    assert "There is no terminal to ask on" in ran.stderr
    assert not (terminal.folder / "back").exists()


def test_text_in_an_export_cannot_play_with_the_terminal(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    changed(terminal.folder / "out", 1, customer="\x1b[2JEvil\r\u202e")
    changed(terminal.folder / "out", 0, instance="\x1b]0;title\x07")

    ran = offline.start("signing", "sign", "out", "-o", "back", "--yes")

    assert "?[2JEvil??" in ran.stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.stdout)


def test_many_customers_are_summed_up(
    three: list[CSR], terminal: Terminal, offline: Terminal, sam: User, ada: User
) -> None:
    for number, csr in enumerate(three):
        CSR.objects.filter(pk=csr.pk).update(
            customer=Customer.objects.create(name=f"Customer {number}", country="DE")
        )
    terminal.manage("signing", "export", "-o", "out")
    path = terminal.folder / "out"
    first, one, *_ = path.read_bytes().splitlines(keepends=True)
    many = [one.replace(b"Customer 0", b"Customer %d" % n) for n in range(15)]
    path.write_bytes(b"".join([first, *many, b"\n"]))
    changed_lines = path.read_bytes().splitlines(keepends=True)[:-1]
    end = {"count": 15, "sha256": sha256(b"".join(changed_lines)).hexdigest()}
    path.write_bytes(b"".join(changed_lines) + json.dumps(end).encode() + b"\n")

    ran = offline.start("signing", "sign", "out", "-o", "back", "--yes")

    assert "Customer 9 (1) and 5 more customers" in ran.stdout


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


def test_an_unknown_vendor_certificate_is_asked_about(
    three: list[CSR], carry: Callable[[], Ran], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    offline.start("signing", "sign", "out", "-o", "back", "--yes")

    ran = terminal.manage("signing", "import", "back")

    assert ran.returncode == 1
    assert "This vendor certificate was not seen here before. Is it yours?" in ran.stderr
    assert not VendorCertificate.objects.exists()
    assert states(three) == ["approved"] * 3


def test_only_the_oldest_go_out_with_a_limit(three: list[CSR], terminal: Terminal) -> None:
    ran = terminal.manage("signing", "export", "-o", "out", "--limit", "2")

    assert "2 CSRs" in ran.stdout
    lines = (terminal.folder / "out").read_text().splitlines()[1:-1]
    assert [json.loads(line)["id"] for line in lines] == [str(csr.pk) for csr in three[:2]]


@pytest.mark.parametrize("limit", ["0", "-1", "two"])
def test_a_limit_is_a_whole_number(offline: Terminal, limit: str) -> None:
    ran = offline.start("signing", "export", "-o", "out", f"--limit={limit}")

    assert ran.returncode == 2
    assert "is no whole number from 1" in ran.stderr


def test_only_what_is_approved_goes_out(submitted: CSR, terminal: Terminal) -> None:
    ran = terminal.manage("signing", "export", "-o", "out")

    assert ran.returncode == 0
    assert "nothing was written" in ran.stdout
    assert not (terminal.folder / "out").exists()


def test_both_files_are_for_their_owner_alone_and_hold_no_secret(
    three: list[CSR], carry: Callable[[], Ran], terminal: Terminal, vendor: Vendor
) -> None:
    carry()

    for name in ("out", "back"):
        path = terminal.folder / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "PRIVATE" not in path.read_text()
        assert PASSPHRASE not in path.read_text()
    assert not list(terminal.folder.glob(".*.part"))


def test_nothing_is_overwritten_unless_forced(
    three: list[CSR], terminal: Terminal, offline: Terminal, vendor: Vendor
) -> None:
    precious = vendor.file("out", "precious")

    ran = terminal.manage("signing", "export", "-o", "out")

    assert ran.returncode == 1
    assert "out is there already and is not overwritten" in ran.stderr
    assert precious.read_text() == "precious"
    assert terminal.manage("signing", "export", "-o", "out", "--force").returncode == 0
    vendor.file("back", "precious")
    again = offline.start("signing", "sign", "out", "-o", "back", "--yes")
    assert "back is there already" in again.stderr
    assert offline.start("signing", "sign", "out", "-o", "back", "--yes", "--force").returncode == 0


@pytest.mark.parametrize("verb", ["export -o out", "sign missing -o out --yes"])
def test_a_place_that_is_taken_is_told_before_any_work(
    db: None, terminal: Terminal, vendor: Vendor, verb: str
) -> None:
    vendor.file("out", "precious")

    ran = terminal.manage("signing", *verb.split())

    assert ran.returncode == 1
    assert "out is there already" in ran.stderr


def test_force_goes_through_no_link(three: list[CSR], terminal: Terminal, vendor: Vendor) -> None:
    precious = vendor.file("precious", "precious")
    (terminal.folder / "out").symlink_to(precious)

    ran = terminal.manage("signing", "export", "-o", "out", "--force")

    assert ran.returncode == 1
    assert precious.read_text() == "precious"


def test_a_place_that_cannot_be_written_is_named(three: list[CSR], terminal: Terminal) -> None:
    ran = terminal.manage("signing", "export", "-o", "missing/out")

    assert ran.returncode == 1
    assert "missing/out cannot be written: No such file or directory." in ran.stderr


@pytest.mark.parametrize(
    ("verb", "sentence"),
    [
        ("sign out -o back --yes", "out: The file is torn"),
        ("sign missing -o back --yes", "missing cannot be read: No such file or directory."),
        ("sign . -o back --yes", "cannot be read: Is a directory."),
        ("import out", "out: This is an export: its CSRs are not signed yet."),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence(
    three: list[CSR], terminal: Terminal, verb: str, sentence: str
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    path = terminal.folder / "out"
    path.write_bytes(path.read_bytes()[:-20])

    ran = terminal.manage("signing", *verb.split())

    assert ran.returncode == 1
    assert sentence in ran.stderr
    assert not (terminal.folder / "back").exists()


def test_an_unfit_identity_writes_nothing(three: list[CSR], terminal: Terminal) -> None:
    terminal.manage("signing", "export", "-o", "out")

    ran = terminal.start("signing", "sign", "out", "-o", "back", "--yes")

    assert ran.returncode == 1
    assert "SIGNING_IDENTITY is not set" in ran.stderr
    assert not (terminal.folder / "back").exists()


def test_an_identity_that_fails_half_way_writes_nothing(
    three: list[CSR],
    terminal: Terminal,
    offline: Terminal,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SIGNING_IDENTITY = offline.environment["SIGNING_IDENTITY"]
    settings.SIGNING_IDENTITY_PASSPHRASE = PASSPHRASE
    terminal.manage("signing", "export", "-o", "out")
    tried: list[bytes] = []

    def pulled_out(bench: Bench, csr_der: bytes) -> SignedRequest:
        tried.append(csr_der)
        if len(tried) == 2:
            raise errors.InvalidIdentity("The token was pulled out.")
        return really(bench, csr_der)

    really = Bench.sign
    monkeypatch.setattr(Bench, "sign", pulled_out)

    ran = terminal.manage("signing", "sign", "out", "-o", "back", "--yes")

    assert ran.returncode == 1
    assert "The token was pulled out." in ran.stderr
    assert len(tried) == 2
    assert not list(terminal.folder.glob("*back*"))


def test_what_nobody_foresaw_leaves_out_one_csr(
    three: list[CSR],
    terminal: Terminal,
    offline: Terminal,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SIGNING_IDENTITY = offline.environment["SIGNING_IDENTITY"]
    settings.SIGNING_IDENTITY_PASSPHRASE = PASSPHRASE
    terminal.manage("signing", "export", "-o", "out")

    def stumble(bench: Bench, csr_der: bytes) -> SignedRequest:
        if csr_der == three[0].der:
            raise ZeroDivisionError
        return really(bench, csr_der)

    really = Bench.sign
    monkeypatch.setattr(Bench, "sign", stumble)

    ran = terminal.manage("signing", "sign", "out", "-o", "back", "--yes")

    assert ran.returncode == 1
    assert "1 CSR could not be tried" in ran.stderr
    assert "2 CSRs signed" in ran.stdout


def test_a_chain_that_apple_would_refuse_is_refused_before_anything_is_asked(
    three: list[CSR], terminal: Terminal, offline: Terminal, settings: Settings
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    offline.start("signing", "sign", "out", "-o", "back", "--yes")
    settings.TRUST_ANCHORS = None

    ran = terminal.manage("signing", "import", "back")

    assert ran.returncode == 1
    assert "is not fit" in ran.stderr
    assert "Is it yours?" not in ran.stderr
    assert states(three) == ["approved"] * 3


def test_another_identity_can_be_named_and_its_passphrase_typed(
    three: list[CSR], terminal: Terminal, vendor: Vendor
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    identity = vendor.pem(passphrase=PASSPHRASE)

    status, shown = terminal.typed(
        *("signing", "sign", "out", "-o", "back", "--identity", identity),
        answers=[PASSPHRASE, "yes"],
    )

    assert status == 0, shown
    assert PASSPHRASE not in shown


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


def test_a_pipe_is_no_file(offline: Terminal) -> None:
    ran = offline.bash(
        f"cat /dev/null | {sys.executable} {ROOT}/manage.py signing import /dev/stdin"
    )

    assert ran.returncode == 1
    assert "is no file but a pipe" in ran.stderr


def test_a_missing_database_is_told_in_a_sentence(offline: Terminal) -> None:
    ran = offline.start("signing", "export", "-o", "out")

    assert ran.returncode == 1
    assert "The database cannot be used" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(offline.folder.glob("*out*"))


def test_the_results_of_another_portal_are_told(
    three: list[CSR], carry: Callable[[], Ran], terminal: Terminal, settings: Settings
) -> None:
    carry()
    settings.PUBLIC_URL = "https://other.example"

    ran = terminal.manage("signing", "import", "back")

    assert "The file is of http://127.0.0.1:8000, and this is https://other.example." in ran.stdout


def test_progress_is_shown_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS", 0)
    said: list[str] = []

    passed = list(progress.shown(range(3), total=3, done="signed", write=said.append))

    assert passed == [0, 1, 2]
    assert re.fullmatch(r"2 of 3 signed …", said[-1])
