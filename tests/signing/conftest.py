"""The vendor with an identity to sign with; a customer's key and CSR."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from pushportal.sandbox.authority import Authority
from signing import held, identity
from signing.identities.pkcs11 import library
from signing.identity import SigningIdentity
from tests.signing.softhsm import SoftHSM
from tests.signing.vendor import Vendor, csr_der


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def vendor(apple: Authority, tmp_path: Path) -> Vendor:
    folder = tmp_path / "vendor's files"
    folder.mkdir()
    return Vendor(apple, folder)


@pytest.fixture(autouse=True)
def nothing_held() -> None:
    """Each test opens its identity itself, as a new process would."""
    held.let_go()


@pytest.fixture
def signer(vendor: Vendor, now: datetime) -> SigningIdentity:
    url = vendor.pem().as_uri()
    return identity.load(url, passphrase=None, trust=vendor.trust, now=now)


@pytest.fixture(scope="session")
def push_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def csr_file(push_key: rsa.RSAPrivateKey) -> bytes:
    """A customer's CSR, as DER."""
    return csr_der(push_key)


@pytest.fixture
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHSM]:
    """Without tokens. The module reads its configuration whenever it is initialised."""
    made = SoftHSM.start(tmp_path / "softhsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.configuration))
    yield made
    library.close_all()
