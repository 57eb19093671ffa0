"""`vendor_identity check` tells every result, and lines that a person can paste into bash."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django import Settings

from tests.commands.terminal import Terminal
from tests.signing.vendor import PASSPHRASE, Vendor, key_pem

HEADING = "The same by hand, in bash:"


def lines(output: str) -> list[str]:
    """The lines to paste; nothing follows them."""
    return output.partition(HEADING)[2].strip("\n").splitlines()


@pytest.fixture
def secret(vendor: Vendor) -> Path:
    return vendor.file("passphrase.txt", f"{PASSPHRASE}\n")


def test_a_good_identity_passes_every_check(terminal: Terminal, vendor: Vendor) -> None:
    ran = terminal.manage("vendor_identity", "check", "--identity", vendor.pem())

    assert ran.returncode == 0, ran.stdout
    told = ran.stdout.partition(HEADING)[0]
    assert told.count("\nok ") >= 13
    assert "FAILED" not in told
    assert "warning " not in told
    for check in ("dates", "SHA-2", "trusted root", "trial", "key: belongs"):
        assert check in told


@pytest.mark.parametrize("other", ["ended", "gone"])
def test_of_several_it_says_which_signs_and_which_is_left_out(
    terminal: Terminal, vendor: Vendor, settings: Settings, other: str
) -> None:
    now = datetime.now(UTC)
    uppers = vendor.chain.removeprefix(vendor.leaf)
    ended = vendor.certificate(begin=now - timedelta(days=9), end=now - timedelta(days=1))
    old = vendor.file("old.pem", key_pem(vendor.key) + ended + uppers)
    if other == "gone":
        old.unlink()
    settings.SIGNING_IDENTITY = f"{old.as_uri()} {vendor.pem().as_uri()}"

    ran = terminal.manage("vendor_identity", "check")

    assert ran.returncode == 0, ran.stderr
    assert f"Of 2 identities the newest that is fit signs: {vendor.pem()}" in ran.stdout
    assert f"Left out, for checks FAILED: {old}" in ran.stdout


def test_several_of_which_none_is_fit_are_refused(
    terminal: Terminal, vendor: Vendor, settings: Settings
) -> None:
    gone = [vendor.folder / "one.pem", vendor.folder / "two.pem"]
    settings.SIGNING_IDENTITY = " ".join(path.as_uri() for path in gone)

    ran = terminal.manage("vendor_identity", "check")

    assert ran.returncode == 1
    assert "none of these 2 identities can sign for Apple." in ran.stderr


@pytest.mark.needs("openssl", "certtool")
@pytest.mark.parametrize("form", ["pem", "encrypted", "pkcs12", "legacy"])
def test_its_lines_run_in_bash(terminal: Terminal, vendor: Vendor, secret: Path, form: str) -> None:
    path = {
        "pem": lambda: vendor.pem(),
        "encrypted": lambda: vendor.pem(passphrase=PASSPHRASE),
        "pkcs12": lambda: vendor.pkcs12(),
        "legacy": lambda: vendor.pkcs12("-legacy"),
    }[form]()
    checked = terminal.manage(
        "vendor_identity", "check", "--identity", path, "--passphrase-file", secret
    )

    ran = terminal.bash("\n".join(lines(checked.stdout)))

    assert checked.returncode == 0, checked.stderr
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert "c-00.pem: OK" in ran.stdout
    assert "c-01.pem: OK" in ran.stdout
    assert "Chain verification output: Verified." in ran.stdout
    assert PASSPHRASE not in checked.stdout + checked.stderr


@pytest.mark.needs("openssl", "certtool")
@pytest.mark.parametrize("form", ["", "_FILE"])
def test_its_lines_find_the_passphrase_where_the_signer_does(
    terminal: Terminal, vendor: Vendor, secret: Path, form: str
) -> None:
    terminal.environment["SIGNING_IDENTITY"] = vendor.pem(passphrase=PASSPHRASE).as_uri()
    terminal.environment[f"SIGNING_IDENTITY_PASSPHRASE{form}"] = str(secret) if form else PASSPHRASE
    checked = terminal.start("vendor_identity", "check")

    ran = terminal.bash("\n".join(lines(checked.stdout)))

    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert PASSPHRASE not in checked.stdout


@pytest.mark.needs("openssl", "certtool")
@pytest.mark.parametrize(
    ("line", "damage"),
    [
        ("cmp chain.pem", "printf 'stray\\n' | cat - chain.pem > c && mv c chain.pem"),
        ("cmp - key.pub", "openssl genrsa -out k 2048; openssl rsa -in k -pubout -out key.pub"),
        ("-trusted c-01.pem c-00.pem", "cp c-02.pem c-01.pem"),
        ("-trusted c-02.pem c-01.pem", "cp c-00.pem c-02.pem"),
        ("test ", "cp c-01.pem c-02.pem"),
        ("c-00.pem -noout -checkend", "rm c-00.pem"),
        ("certtool -e", "cp c-00.pem c-02.pem"),
    ],
)
def test_each_of_its_lines_can_fail(
    terminal: Terminal, vendor: Vendor, line: str, damage: str
) -> None:
    checked = terminal.manage("vendor_identity", "check", "--identity", vendor.pem())
    pasted = lines(checked.stdout)
    (at,) = (number for number, text in enumerate(pasted) if line in text)
    # Not the second line, which starts our own program.
    vendor.file("chain.pem", vendor.chain)
    before = pasted[2:at]

    ran = terminal.bash("\n".join([*before, damage, "echo READY", pasted[at], "echo PASSED"]))

    assert ran.returncode != 0
    assert "READY" in ran.stdout
    assert "PASSED" not in ran.stdout


@pytest.mark.needs("openssl", "certtool")
def test_without_apples_critical_extension_certtool_reads_the_whole_chain(
    terminal: Terminal, vendor: Vendor
) -> None:
    checked = terminal.manage("vendor_identity", "check", "--identity", vendor.unmarked())

    ran = terminal.bash("\n".join(lines(checked.stdout)))

    assert lines(checked.stdout)[-1].strip() == "certtool -e < chain.pem"
    assert ran.returncode == 0, ran.stderr + ran.stdout


def test_what_should_be_looked_at_is_a_warning(terminal: Terminal, vendor: Vendor) -> None:
    vendor.unmarked().chmod(0o644)

    ran = terminal.manage("vendor_identity", "check", "--identity", "identity.pem")

    assert ran.returncode == 0
    assert "warning  file: for its owner alone:" in ran.stdout
    assert "warning  chain: vendor certificate:" in ran.stdout


def test_an_end_within_thirty_days_is_a_warning(terminal: Terminal, vendor: Vendor) -> None:
    end = datetime.now(UTC) + timedelta(days=20)
    path = vendor.pem(certificates=vendor.certificate(end=end))

    ran = terminal.manage("vendor_identity", "check", "--identity", path)

    assert ran.returncode == 0
    assert "warning  chain: time left:" in ran.stdout


def test_an_expired_identity_fails(terminal: Terminal, vendor: Vendor) -> None:
    end = datetime.now(UTC) - timedelta(days=1)
    path = vendor.pem(certificates=vendor.certificate(end=end))

    ran = terminal.manage("vendor_identity", "check", "--identity", path)

    assert ran.returncode == 1
    assert "FAILED   chain: dates: MDM Vendor: Example MDM expired on" in ran.stdout
    assert "FAILED   trial" in ran.stdout
    assert "this identity cannot sign for Apple" in ran.stderr


def test_a_push_certificate_fails(terminal: Terminal, vendor: Vendor) -> None:
    path = vendor.pem(certificates=vendor.push_certificate())

    ran = terminal.manage("vendor_identity", "check", "--identity", path)

    assert ran.returncode == 1
    assert "FAILED   certificate: kind:" in ran.stdout


def test_a_foreign_key_fails(terminal: Terminal, vendor: Vendor) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = vendor.file("foreign.pem", key_pem(other) + vendor.chain)

    ran = terminal.manage("vendor_identity", "check", "--identity", path)

    assert ran.returncode == 1
    assert "FAILED   file: key and certificates: The private key belongs to none" in ran.stdout
    assert HEADING not in ran.stdout


def test_a_wrong_passphrase_fails_and_is_not_shown(terminal: Terminal, vendor: Vendor) -> None:
    wrong = vendor.file("wrong.txt", "a wrong one")

    ran = terminal.manage(
        *("vendor_identity", "check", "--identity", vendor.pem(passphrase=PASSPHRASE)),
        *("--passphrase-file", wrong),
    )

    assert ran.returncode == 1
    assert "The passphrase does not open the private key" in ran.stdout
    assert "a wrong one" not in ran.stdout + ran.stderr


def test_apples_own_root_is_asked_for_where_no_anchors_are_set(
    terminal: Terminal, vendor: Vendor, settings: Settings
) -> None:
    settings.TRUST_ANCHORS = None

    ran = terminal.manage("vendor_identity", "check", "--identity", vendor.pem())

    assert ran.returncode == 1
    assert "Trusted root: Apple Root CA, as packaged" in ran.stdout
    assert "look-alike" in ran.stdout


def test_a_missing_file_is_named(terminal: Terminal) -> None:
    ran = terminal.manage("vendor_identity", "check", "--identity", "nowhere.pem")

    assert ran.returncode == 1
    assert "nowhere.pem cannot be read" in ran.stderr
