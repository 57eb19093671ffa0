"""A terminal in an empty folder, an offline machine, and the vendor's files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django import Settings

from pushportal.sandbox.authority import Authority
from signing.identities.pkcs11 import modules
from tests.commands.terminal import Ran, Terminal
from tests.signing.softhsm import SoftHSM
from tests.signing.vendor import PASSPHRASE, Vendor, csr_der


@pytest.fixture
def vendor(apple: Authority, tmp_path: Path) -> Vendor:
    folder = tmp_path / "vendor's files"
    folder.mkdir()
    return Vendor(apple, folder)


@pytest.fixture
def terminal(vendor: Vendor, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """In the folder of the vendor's files, with the stand-in's root and no identity named."""
    monkeypatch.chdir(vendor.folder)
    # It is printed with the lines to paste, which run in another process.
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "pushportal.settings.signer")
    settings.TRUST_ANCHORS = vendor.apple.anchors_pem
    settings.SIGNING_IDENTITY = settings.SIGNING_IDENTITY_PASSPHRASE = None
    return Terminal(vendor.folder, {"TRUST_ANCHORS_FILE": str(vendor.apple.anchors)})


@pytest.fixture(scope="session")
def csr_file() -> bytes:
    """A customer's CSR, as DER."""
    return csr_der(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture
def softhsm(
    tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SoftHSM]:
    """Without tokens; found by commands in this process and in others."""
    made = SoftHSM.start(tmp_path / "softhsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.configuration))
    terminal.environment["SOFTHSM2_CONF"] = str(made.configuration)
    yield made
    modules.close_all()


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
