"""From nothing to a checked identity, and every way to go wrong on the way."""

import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from pytest_django import Settings

from signing import identity
from tests.commands.terminal import Terminal
from tests.signing.vendor import PASSPHRASE, Vendor, key_pem

KEY, CSR = "vendor_key.pem", "vendor.certSigningRequest"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def secret(vendor: Vendor) -> Path:
    """A file with the passphrase, as an editor leaves it."""
    return vendor.file("passphrase.txt", f"{PASSPHRASE}\n")


def refused(terminal: Terminal, *arguments: str | Path) -> str:
    """What a command says when it refuses."""
    ran = terminal.manage("vendor_identity", *arguments)
    assert ran.returncode == 1, ran.stdout
    return ran.stderr


def openssl(*arguments: str | Path) -> str:
    return subprocess.run(
        ["openssl", *arguments], check=True, capture_output=True, text=True
    ).stdout


# request


def test_a_key_and_its_csr_are_made(terminal: Terminal, secret: Path) -> None:
    ran = terminal.manage("vendor_identity", "request", "new", "--passphrase-file", secret)

    assert ran.returncode == 0, ran.stderr
    key, csr = terminal.folder / "new" / KEY, terminal.folder / "new" / CSR
    assert (mode(key), mode(key.parent)) == (0o600, 0o700)
    assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    loaded = load_pem_private_key(key.read_bytes(), PASSPHRASE.encode())
    assert isinstance(loaded, rsa.RSAPrivateKey)
    assert loaded.key_size == 2048
    assert x509.load_pem_x509_csr(csr.read_bytes()).public_key() == loaded.public_key()
    assert "https://developer.apple.com/account" in ran.stdout
    assert PASSPHRASE not in ran.stdout + ran.stderr


@pytest.mark.needs("openssl")
def test_the_csr_is_verified_by_openssl(terminal: Terminal) -> None:
    terminal.manage("vendor_identity", "request", "--no-passphrase", "--name", "Example MDM")

    told = openssl("req", "-in", terminal.folder / CSR, "-noout", "-verify", "-subject")

    assert "CN = Example MDM" in told


def test_the_passphrase_is_asked_for_twice(terminal: Terminal) -> None:
    status, shown = terminal.typed("vendor_identity", "request", answers=[PASSPHRASE] * 2)

    assert status == 0, shown
    assert "The same again:" in shown
    assert PASSPHRASE not in shown
    key = (terminal.folder / KEY).read_bytes()
    assert load_pem_private_key(key, PASSPHRASE.encode())


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([PASSPHRASE, "another"], "The two passphrases differ"),
        ([""], "The passphrase is empty"),
        ([" padded "], "without a space at its beginning or end"),
    ],
)
def test_an_unfit_passphrase_makes_nothing(
    terminal: Terminal, answers: list[str], sentence: str
) -> None:
    status, shown = terminal.typed("vendor_identity", "request", answers=answers)

    assert status == 1
    assert sentence in shown
    assert not (terminal.folder / KEY).exists()


@pytest.mark.parametrize("content", ["", "\n", "   \n"])
def test_an_empty_passphrase_file_is_refused(
    terminal: Terminal, vendor: Vendor, content: str
) -> None:
    empty = vendor.file("empty.txt", content)

    assert "is empty. Choose a passphrase, or say --no-passphrase" in refused(
        terminal, "request", "--passphrase-file", empty
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"two\nlines\n", "must be one line"), (b"\xff\xfe", "not text in UTF-8")],
)
def test_an_odd_passphrase_file_is_refused(
    terminal: Terminal, vendor: Vendor, content: bytes, sentence: str
) -> None:
    odd = vendor.file("odd.txt", content)

    assert sentence in refused(terminal, "request", "--passphrase-file", odd)


def test_a_missing_passphrase_file_is_named(terminal: Terminal) -> None:
    sentence = refused(terminal, "request", "--passphrase-file", "nowhere.txt")

    assert "nowhere.txt cannot be read: No such file or directory." in sentence


def test_without_a_terminal_a_file_is_asked_for(terminal: Terminal) -> None:
    assert "Give it with --passphrase-file." in refused(terminal, "request")


@pytest.mark.parametrize("name", [KEY, CSR])
def test_neither_file_is_ever_overwritten(terminal: Terminal, name: str) -> None:
    (terminal.folder / name).write_text("precious")

    # Told before a passphrase is asked for.
    sentence = refused(terminal, "request")

    assert f"{name} is there already and is not overwritten" in sentence
    assert (terminal.folder / name).read_text() == "precious"
    assert len(list(terminal.folder.glob("vendor*"))) == 1


def test_a_dangling_link_is_not_followed(terminal: Terminal) -> None:
    (terminal.folder / KEY).symlink_to(terminal.folder / "elsewhere")

    assert "is there already" in refused(terminal, "request")
    assert not (terminal.folder / "elsewhere").exists()


def test_a_folder_that_cannot_be_made_is_named(terminal: Terminal) -> None:
    (terminal.folder / "file").write_text("")

    assert "cannot be made" in refused(terminal, "request", "file/new", "--no-passphrase")


def test_a_name_that_fits_no_csr_is_refused(terminal: Terminal) -> None:
    sentence = refused(terminal, "request", "--no-passphrase", "--name", "x" * 65)

    assert "does not fit into a CSR" in sentence
    assert not (terminal.folder / KEY).exists()


# import


@pytest.fixture
def key(vendor: Vendor) -> Path:
    return vendor.file(KEY, key_pem(vendor.key, PASSPHRASE))


@pytest.fixture
def cer(vendor: Vendor) -> Path:
    """As Apple's developer account gives it: DER."""
    leaf = vendor.apple.keyring.vendor.certificate
    return vendor.file("mdm.cer", leaf.public_bytes(Encoding.DER))


def test_apples_answer_and_the_key_become_an_identity(
    terminal: Terminal, vendor: Vendor, cer: Path, key: Path, secret: Path
) -> None:
    ran = terminal.manage(
        "vendor_identity", "import", cer, "--key", key, "--passphrase-file", secret
    )

    assert ran.returncode == 0, ran.stderr
    path = terminal.folder / "vendor_identity.pem"
    assert mode(path) == 0o600
    assert path.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert path.read_text().endswith(vendor.chain)
    loaded = identity.load(
        path.as_uri(), passphrase=PASSPHRASE, trust=vendor.trust, now=datetime.now(UTC)
    )
    assert loaded.chain.pem == vendor.chain
    assert f"SIGNING_IDENTITY={path.as_uri()}" in ran.stdout
    assert PASSPHRASE not in ran.stdout + ran.stderr


def test_the_passphrase_of_the_key_is_asked_for(terminal: Terminal, cer: Path, key: Path) -> None:
    status, shown = terminal.typed(
        "vendor_identity", "import", cer, "--key", key, answers=[PASSPHRASE]
    )

    assert status == 0, shown
    assert PASSPHRASE not in shown


@pytest.mark.needs("openssl")
def test_a_pkcs12_needs_no_other_file(terminal: Terminal, vendor: Vendor, secret: Path) -> None:
    ran = terminal.manage(
        *("vendor_identity", "import", vendor.pkcs12("-legacy"), "-o", "made.pem"),
        *("--passphrase-file", secret),
    )

    assert ran.returncode == 0, ran.stderr
    made = (terminal.folder / "made.pem").read_text()
    assert made.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert made.endswith(vendor.chain)


def test_a_pem_with_its_key_needs_no_other_file(terminal: Terminal, vendor: Vendor) -> None:
    path = vendor.pem(certificates=vendor.leaf)

    ran = terminal.manage("vendor_identity", "import", path, "-o", "made.pem")

    assert ran.returncode == 0, ran.stderr
    assert "NOT encrypted" in ran.stdout
    assert (terminal.folder / "made.pem").read_text().endswith(vendor.chain)


def test_a_passphrase_encrypts_what_came_without(
    terminal: Terminal, vendor: Vendor, secret: Path
) -> None:
    ran = terminal.manage(
        *("vendor_identity", "import", vendor.pem(), "-o", "made.pem"),
        *("--passphrase-file", secret),
    )

    assert ran.returncode == 0, ran.stderr
    made = (terminal.folder / "made.pem").read_text()
    assert made.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert "NOT encrypted" not in ran.stdout


def test_trust_certificates_complete_the_chain(
    terminal: Terminal, vendor: Vendor, cer: Path, settings: Settings
) -> None:
    ring = vendor.apple.keyring
    settings.TRUST_ANCHORS = ring.root.pem
    wwdr, key = vendor.file("g3.pem", ring.wwdr.pem), vendor.file(KEY, key_pem(vendor.key))

    without = refused(terminal, "import", cer, "--key", key)
    ran = terminal.manage("vendor_identity", "import", cer, "--key", key, "--trust", wwdr)

    assert "(G3) is not among the known certificates" in without
    assert ran.returncode == 0, ran.stderr


def test_a_certificate_needs_the_name_of_its_key(terminal: Terminal, cer: Path) -> None:
    assert "with --key" in refused(terminal, "import", cer)


def test_a_certificate_of_another_key_is_refused(
    terminal: Terminal, vendor: Vendor, cer: Path
) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = vendor.file("other.pem", key_pem(other))

    sentence = refused(terminal, "import", cer, "--key", path)

    assert "The private key belongs to none of the certificates" in sentence
    assert not (terminal.folder / "vendor_identity.pem").exists()


def test_an_expired_certificate_is_not_imported(terminal: Terminal, vendor: Vendor) -> None:
    end = datetime.now(UTC) - timedelta(days=1)
    path = vendor.pem(certificates=vendor.certificate(end=end))

    assert "expired on" in refused(terminal, "import", path, "-o", "made.pem")
    assert not (terminal.folder / "made.pem").exists()


def test_an_identity_is_never_overwritten(terminal: Terminal, vendor: Vendor) -> None:
    before = vendor.pem().read_bytes()

    sentence = refused(terminal, "import", "identity.pem", "-o", "identity.pem")

    assert "is there already and is not overwritten" in sentence
    assert vendor.pem().read_bytes() == before


def test_what_is_no_certificate_is_told(terminal: Terminal, vendor: Vendor) -> None:
    path = vendor.file("page.html", "<html>Sign in</html>")

    assert "neither PEM nor PKCS#12" in refused(terminal, "import", path)


# chain


def test_the_chain_is_written_in_64_columns(terminal: Terminal, vendor: Vendor) -> None:
    ran = terminal.manage("vendor_identity", "chain", "--identity", vendor.pem())

    assert ran.returncode == 0, ran.stderr
    written = (terminal.folder / "vendor_chain.pem").read_text()
    assert written == vendor.chain
    assert max(map(len, written.splitlines())) == 64
    assert "PRIVATE KEY" not in written
    assert "is there already" in refused(terminal, "chain", "--identity", vendor.pem())


def test_the_chain_can_go_to_standard_output(terminal: Terminal, vendor: Vendor) -> None:
    ran = terminal.manage("vendor_identity", "chain", "--identity", vendor.pem(), "-o", "-")

    assert ran.stdout == vendor.chain


def test_an_unnamed_identity_is_asked_for(terminal: Terminal) -> None:
    assert "SIGNING_IDENTITY is not set" in refused(terminal, "chain")


def test_a_verb_is_demanded(terminal: Terminal) -> None:
    ran = terminal.manage("vendor_identity")

    assert ran.returncode == 1
    assert "VERB" in ran.stderr
