"""`vendor_identity` with a key that lives in a token: from the CSR for Apple to every check."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_django import Settings

from tests.commands.terminal import Ran, Terminal
from tests.signing.softhsm import MODULE, PIN, SoftHSM, url
from tests.signing.vendor import PASSPHRASE, Vendor

pytestmark = pytest.mark.needs("softhsm")

CSR = "vendor.certSigningRequest"
HEADING = "The same by hand, in bash:"


@pytest.fixture
def pin(vendor: Vendor) -> Path:
    """A file with the PIN, as an editor leaves it."""
    return vendor.file("pin.txt", f"{PIN}\n")


@pytest.fixture
def token(softhsm: SoftHSM, vendor: Vendor) -> SoftHSM:
    """With the vendor's key and certificate."""
    softhsm.token()
    softhsm.key(vendor.key)
    softhsm.certificate(vendor.leaf)
    return softhsm


def check(terminal: Terminal, *arguments: str | Path) -> Ran:
    return terminal.manage("vendor_identity", "check", *arguments)


def lines(output: str) -> str:
    """The lines to paste; nothing follows them."""
    return output.partition(HEADING)[2]


# check


def test_a_good_identity_passes_every_check(token: SoftHSM, terminal: Terminal, pin: Path) -> None:
    ran = check(terminal, "--identity", url(), "--passphrase-file", pin)

    assert ran.returncode == 0, ran.stdout
    told = ran.stdout.partition(HEADING)[0]
    assert f"Signing identity: {url()}" in told
    assert told.count("\nok ") >= 13
    assert "FAILED" not in told
    assert "warning " not in told
    for finding in ("token: the key cannot leave it", "token: key and certificates", "trial"):
        assert f"ok       {finding}" in told
    assert PIN not in ran.stdout + ran.stderr


@pytest.mark.needs("openssl", "certtool", "p11tool")
@pytest.mark.parametrize("source", ["option", "url", "variable", "file"])
def test_its_lines_run_in_bash_and_find_the_pin_where_we_did(
    token: SoftHSM, terminal: Terminal, pin: Path, source: str
) -> None:
    named = url(query=f"&pin-source={pin.as_uri()}") if source == "url" else url()
    options = ("--passphrase-file", pin) if source == "option" else ()
    terminal.environment["SIGNING_IDENTITY"] = named
    if source == "variable":
        terminal.environment["SIGNING_IDENTITY_PASSPHRASE"] = PIN
    if source == "file":
        terminal.environment["SIGNING_IDENTITY_PASSPHRASE_FILE"] = str(pin)
    checked = terminal.start("vendor_identity", "check", *options)

    ran = terminal.bash(lines(checked.stdout))

    assert checked.returncode == 0, checked.stderr + checked.stdout
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert "c-00.pem: OK" in ran.stdout
    assert "Chain verification output: Verified." in ran.stdout
    assert PIN not in checked.stdout + checked.stderr


@pytest.mark.needs("openssl", "p11tool")
def test_its_lines_tell_the_certificate_of_another_key(
    token: SoftHSM, terminal: Terminal, vendor: Vendor, pin: Path
) -> None:
    checked = check(terminal, "--identity", url(), "--passphrase-file", pin)
    (exporting,) = (line for line in lines(checked.stdout).splitlines() if "p11tool" in line)
    (comparing,) = (line for line in lines(checked.stdout).splitlines() if "cmp - key.pub" in line)
    vendor.file("c-00.pem", vendor.apple.keyring.wwdr.pem)

    ran = terminal.bash(f"{exporting}\necho READY\n{comparing}")

    assert "READY" in ran.stdout
    assert ran.returncode != 0


def test_a_key_that_can_leave_the_token_is_a_warning(
    softhsm: SoftHSM, terminal: Terminal, vendor: Vendor, pin: Path
) -> None:
    softhsm.token()
    softhsm.key(vendor.key, extractable=True)
    softhsm.certificate(vendor.leaf)

    ran = check(terminal, "--identity", url(), "--passphrase-file", pin)

    assert ran.returncode == 0
    assert "warning  token: the key cannot leave it: It can be taken out" in ran.stdout


def test_a_pins_file_that_others_can_read_is_a_warning(
    token: SoftHSM, terminal: Terminal, pin: Path
) -> None:
    pin.chmod(0o644)

    ran = check(terminal, "--identity", url(query=f"&pin-source={pin.as_uri()}"))

    assert ran.returncode == 0
    assert "warning  file: for its owner alone: The PIN of the token in" in ran.stdout


def test_a_wrong_pin_fails_and_is_not_shown(
    token: SoftHSM, terminal: Terminal, vendor: Vendor
) -> None:
    wrong = vendor.file("wrong.txt", "999777")

    ran = check(terminal, "--identity", url(), "--passphrase-file", wrong)

    assert ran.returncode == 1
    assert "FAILED   token: key and certificates: The token 'vendor' refuses the PIN" in ran.stdout
    assert "999777" not in ran.stdout + ran.stderr
    assert HEADING not in ran.stdout


def test_a_pin_in_the_url_is_refused(terminal: Terminal) -> None:
    ran = check(terminal, "--identity", f"{url()}&pin-value={PIN}")

    assert ran.returncode == 1
    assert "holds a PIN (pin-value)" in ran.stderr
    assert PIN not in ran.stdout + ran.stderr


def test_the_pin_is_asked_for_once(token: SoftHSM, terminal: Terminal) -> None:
    status, shown = terminal.typed(
        "vendor_identity", "check", "--identity", url(), answers=[PIN, "never asked for"]
    )

    assert status == 0, shown
    assert shown.count("PIN of the token:") == 1
    assert PIN not in shown


def test_an_empty_answer_is_no_try(token: SoftHSM, terminal: Terminal) -> None:
    status, shown = terminal.typed("vendor_identity", "check", "--identity", url(), answers=[""])

    assert status == 1
    assert "No PIN was given, so none is tried." in shown


def test_another_identitys_passphrase_is_never_tried_as_a_pin(
    token: SoftHSM, terminal: Terminal, vendor: Vendor, settings: Settings
) -> None:
    settings.SIGNING_IDENTITY = vendor.pem(passphrase=PASSPHRASE).as_uri()
    settings.SIGNING_IDENTITY_PASSPHRASE = PASSPHRASE

    ran = check(terminal, "--identity", url())

    # It asks, for which there is no terminal here.
    assert "Give it with --passphrase-file." in ran.stderr


def test_every_identity_of_the_setting_is_checked(
    token: SoftHSM, terminal: Terminal, vendor: Vendor, settings: Settings
) -> None:
    file = vendor.pem(passphrase=PASSPHRASE)
    settings.SIGNING_IDENTITY = f"{file.as_uri()}\n{url()}"
    settings.SIGNING_IDENTITY_PASSPHRASE = f"{PASSPHRASE}\n{PIN}"

    ran = check(terminal)

    assert ran.returncode == 0, ran.stderr
    assert f"Signing identity: {file}\n" in ran.stdout
    assert f"Signing identity: {url()}\n" in ran.stdout


# chain


def test_the_chain_is_written(
    token: SoftHSM, terminal: Terminal, vendor: Vendor, pin: Path
) -> None:
    ran = terminal.manage("vendor_identity", "chain", "--identity", url(), "--passphrase-file", pin)

    assert ran.returncode == 0, ran.stderr
    assert (terminal.folder / "vendor_chain.pem").read_text() == vendor.chain


def test_of_several_identities_one_has_to_be_named(
    terminal: Terminal, vendor: Vendor, settings: Settings
) -> None:
    settings.SIGNING_IDENTITY = f"{vendor.pem().as_uri()} {url()}"

    ran = terminal.manage("vendor_identity", "chain")

    assert ran.returncode == 1
    assert "names 2 identities. Say with --identity which one is meant." in ran.stderr


# request


@pytest.mark.needs("openssl")
def test_the_token_signs_the_csr_for_apple(
    softhsm: SoftHSM, terminal: Terminal, vendor: Vendor, pin: Path
) -> None:
    softhsm.token()
    softhsm.key(vendor.key)

    ran = terminal.manage(
        *("vendor_identity", "request", "new", "--token", url()),
        *("--passphrase-file", pin, "--name", "Example MDM"),
    )

    assert ran.returncode == 0, ran.stderr
    path = terminal.folder / "new" / CSR
    csr = x509.load_pem_x509_csr(path.read_bytes())
    assert csr.public_key() == vendor.key.public_key()
    told = subprocess.run(
        ["openssl", "req", "-in", path, "-noout", "-verify", "-subject"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "CN = Example MDM" in told.stdout
    assert [one.name for one in path.parent.iterdir()] == [CSR]
    assert "x-chain-file=/path/of/DOWNLOADED.cer" in ran.stdout
    assert PIN not in ran.stdout + ran.stderr


def test_from_the_csr_to_a_checked_identity(
    softhsm: SoftHSM, terminal: Terminal, vendor: Vendor, pin: Path
) -> None:
    softhsm.token()
    softhsm.key(vendor.key)
    secret = ("--passphrase-file", pin)
    terminal.manage("vendor_identity", "request", "--token", url(), *secret)
    csr = x509.load_pem_x509_csr((terminal.folder / CSR).read_bytes())
    der = vendor.apple.issue_vendor(csr.public_bytes(Encoding.DER), vendor="Example MDM")
    answer = vendor.folder.parent / "mdm.cer"
    answer.write_bytes(der)

    ran = check(terminal, "--identity", url(query=f"&x-chain-file={answer}"), *secret)

    assert ran.returncode == 0, ran.stdout


def test_a_csr_is_never_overwritten(terminal: Terminal) -> None:
    (terminal.folder / CSR).write_text("precious")

    # Told before a PIN is asked for.
    ran = terminal.manage("vendor_identity", "request", "--token", url())

    assert "is there already and is not overwritten" in ran.stderr
    assert (terminal.folder / CSR).read_text() == "precious"


def test_apple_takes_keys_of_2048_bits(softhsm: SoftHSM, terminal: Terminal, pin: Path) -> None:
    softhsm.token()
    softhsm.key(rsa.generate_private_key(public_exponent=65537, key_size=3072))

    ran = terminal.manage("vendor_identity", "request", "--token", url(), "--passphrase-file", pin)

    assert "The key in the token has 3072 bits" in ran.stderr
    assert not (terminal.folder / CSR).exists()


@pytest.mark.parametrize("named", ["file:///etc/vendor.pem", "vendor.pem"])
def test_only_a_token_is_taken_for_a_token(terminal: Terminal, named: str) -> None:
    ran = terminal.manage("vendor_identity", "request", "--token", named)

    assert ran.returncode == 1
    assert "--token takes the pkcs11: URL of a key" in ran.stderr
    assert not list(terminal.folder.glob("vendor*"))


# sign_csr


def test_one_csr_is_signed_by_the_token(
    token: SoftHSM, terminal: Terminal, pin: Path, csr_file: bytes
) -> None:
    (terminal.folder / "customer.csr").write_bytes(csr_file)

    ran = terminal.manage("sign_csr", "customer.csr", "--identity", url(), "--passphrase-file", pin)

    assert ran.returncode == 0, ran.stderr
    assert (terminal.folder / "customer.plist.b64").exists()


def test_the_module_is_named_in_the_lines(token: SoftHSM, terminal: Terminal, pin: Path) -> None:
    ran = check(terminal, "--identity", url(), "--passphrase-file", pin)

    assert f"p11tool --provider {MODULE} --login --export-pubkey" in ran.stdout
    assert "pkcs11:token=vendor;object=vendor;type=private" in ran.stdout
