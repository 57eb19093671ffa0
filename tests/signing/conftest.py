"""The vendor with an identity to sign with; a customer's key and CSR."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django import Settings

from pushportal.sandbox.authority import Authority
from signing import held, identity, tasks
from signing.airgap import verdict
from signing.airgap.verdict import Desk
from signing.identities.pkcs11 import modules
from signing.identity import SigningIdentity
from signing.sign import Bench, set_up
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
def nothing_held() -> Iterator[None]:
    """Each test opens its identity itself, and a token's module, as a new process would."""
    held.let_go()
    yield
    modules.close_all()


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
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHSM:
    """Without tokens. The module reads its configuration whenever it is initialised."""
    made = SoftHSM.start(tmp_path / "softhsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.configuration))
    return made


@pytest.fixture
def bench(signer: SigningIdentity, vendor: Vendor, now: datetime) -> Bench:
    return set_up(signer, trust=vendor.trust, now=now)


@pytest.fixture
def desk(db: None, signer: SigningIdentity, vendor: Vendor, now: datetime) -> Desk:
    return verdict.prepare(signer.chain, trust=vendor.trust, now=now)


@pytest.fixture
def online(settings: Settings, vendor: Vendor, apple: Authority) -> Callable[[], None]:
    """The online signer, with the same identity."""
    settings.TRUST_ANCHORS = apple.anchors_pem
    settings.SIGNING_IDENTITY = vendor.pem().as_uri()
    settings.SIGNING_IDENTITY_PASSPHRASE = None
    return tasks.sign_approved


@pytest.fixture
def token(softhsm: SoftHSM, vendor: Vendor) -> SoftHSM:
    """With the vendor's key and certificate."""
    softhsm.token()
    softhsm.key(vendor.key)
    softhsm.certificate(vendor.leaf)
    return softhsm
