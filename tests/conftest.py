"""People and parts of all tests. Ada, Bob and Eve are customers; Sam and Sue are staff."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from onboarding import keys, lifecycle, roles, tasks, trust
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Membership, PushCertificate, TopicChange, User
from onboarding.pki.names import Subject
from onboarding.pki.trust import Trust
from pushportal.sandbox.authority import Authority
from signing.tasks import sign_approved
from tests import stores
from tests.run import instance
from tests.run.instance import Instance
from tests.signing.vendor import csr_der

CUSTODY_PRIVATE_KEY, CUSTODY_PUBLIC_KEY = keys.new_custody_key_pair()


@pytest.fixture(scope="session")
def apple(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The stand-in for Apple, made once; the vendor's identity is in its folder."""
    return Authority.prepare(tmp_path_factory.mktemp("apple"), now=datetime.now(UTC))


@pytest.fixture(autouse=True)
def own_files(settings: Settings, tmp_path: Path) -> None:
    """Each test has a file storage of its own, and the custody keys of the suite."""
    storage = stores.own(settings.STORAGES["default"], tmp_path)
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    settings.CUSTODY_PRIVATE_KEY = CUSTODY_PRIVATE_KEY
    settings.CUSTODY_PUBLIC_KEY = CUSTODY_PUBLIC_KEY


@pytest.fixture
def sandbox_trust(settings: Settings, apple: Authority) -> Iterator[Trust]:
    """TRUST_ANCHORS set to the stand-in's root."""
    settings.TRUST_ANCHORS = apple.anchors_pem
    yield trust.current()
    settings.TRUST_ANCHORS = None


@pytest.fixture
def acme(db: None) -> Customer:
    return Customer.objects.create(name="Acme", country="DE", apple_account="push@acme.example")


@pytest.fixture
def globex(db: None) -> Customer:
    return Customer.objects.create(name="Globex", country="US", apple_account="push@globex.example")


@pytest.fixture
def ada(acme: Customer) -> User:
    return _member("Ada", acme, Membership.Role.ADMIN)


@pytest.fixture
def bob(acme: Customer) -> User:
    return _member("Bob", acme, Membership.Role.READER)


@pytest.fixture
def eve(globex: Customer) -> User:
    return _member("Eve", globex, Membership.Role.ADMIN)


@pytest.fixture
def sam(db: None) -> User:
    return _staff("Sam")


@pytest.fixture
def sue(db: None) -> User:
    return _staff("Sue")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """A web client that is signed in as this person."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def _member(name: str, customer: Customer, role: Membership.Role) -> User:
    address = f"{name.lower()}@{customer.name.lower()}.example"
    user = User.objects.create_user(address, "correct horse battery", name=name)
    Membership.objects.create(user=user, customer=customer, role=role)
    return user


def _staff(name: str) -> User:
    user = User.objects.create_user(
        f"{name.lower()}@vendor.example", "correct horse battery", name=name, is_staff=True
    )
    both = roles.ROLES[roles.APPROVER] | roles.ROLES[roles.OPERATOR]
    user.user_permissions.add(*Permission.objects.filter(codename__in=both))
    return user


@pytest.fixture
def csr(ada: User, acme: Customer) -> CSR:
    """Asked for by Ada; its key is not made yet."""
    return lifecycle.request_csr(
        acme, subject=Subject(common_name="Acme push", country="DE"), by=Actor.of(ada)
    )


@pytest.fixture
def submitted(csr: CSR) -> CSR:
    """Made by the worker's own task; waits for approval."""
    tasks.make_csr(str(csr.pk))
    csr.refresh_from_db()
    return csr


@pytest.fixture
def approved(submitted: CSR, sam: User) -> CSR:
    lifecycle.approve(submitted, by=Actor.of(sam))
    return submitted


@pytest.fixture(scope="session")
def push_keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]


@pytest.fixture
def three(acme: Customer, ada: User, sam: User, push_keys: list[rsa.RSAPrivateKey]) -> list[CSR]:
    """Uploaded, and approved one after the other."""
    csrs = [
        lifecycle.submit_upload(acme, der=csr_der(key), upload="", by=Actor.of(ada))
        for key in push_keys
    ]
    for csr in csrs:
        lifecycle.approve(csr, by=Actor.of(sam))
    return csrs


@pytest.fixture
def sign_all(settings: Settings, apple: Authority, sandbox_trust: Trust) -> Callable[[], None]:
    """Run the signer's own task once, with the stand-in's vendor identity."""
    settings.SIGNING_IDENTITY = apple.vendor_identity.as_uri()
    settings.SIGNING_IDENTITY_PASSPHRASE = None
    return sign_approved


@pytest.fixture
def signed(approved: CSR, sign_all: Callable[[], None]) -> CSR:
    sign_all()
    approved.refresh_from_db()
    return approved


@pytest.fixture
def active(signed: CSR, apple: Authority, ada: User) -> PushCertificate:
    """What Apple issued for the signed CSR, activated by Ada."""
    assert signed.der is not None
    return lifecycle.activate(
        signed, der=der_of(apple.issue(bytes(signed.der))), upload="", by=Actor.of(ada)
    )


@pytest.fixture
def signed_renewal(
    active: PushCertificate, ada: User, sam: User, sign_all: Callable[[], None]
) -> CSR:
    """A renewal of the active certificate, ready for Apple."""
    asked = renewal(active, by=ada)
    lifecycle.approve(asked, by=Actor.of(sam))
    sign_all()
    asked.refresh_from_db()
    return asked


@pytest.fixture
def change(signed_renewal: CSR, apple: Authority, ada: User) -> TopicChange:
    """Created at Apple instead of renewed, and Ada says that it is meant."""
    created = der_of(apple.issue(bytes(signed_renewal.der or b"")))
    change = lifecycle.note_topic_change(signed_renewal, der=created, by=Actor.of(ada))
    lifecycle.want_topic_change(change, by=Actor.of(ada))
    return change


def renewal(certificate: PushCertificate, *, by: User) -> CSR:
    """A renewal with nothing changed, its key made: it waits for approval."""
    csr = lifecycle.request_csr(
        certificate.customer,
        subject=Subject(common_name="Acme push", country="DE"),
        by=Actor.of(by),
        renews=certificate,
    )
    tasks.make_csr(str(csr.pk))
    csr.refresh_from_db()
    return csr


def renewed(csr: CSR, old: PushCertificate, apple: Authority, *, by: User) -> PushCertificate:
    der = der_of(apple.issue(bytes(csr.der or b""), topic=old.topic))
    return lifecycle.activate(csr, der=der, upload="", by=Actor.of(by))


def ended(certificate: PushCertificate, *, days: int) -> None:
    """It ended so many days ago."""
    end = timezone.now() - timedelta(days=days)
    PushCertificate.objects.filter(pk=certificate.pk).update(
        not_before=end - timedelta(days=365), not_after=end
    )


def der_of(pem: bytes) -> bytes:
    """The DER of one PEM certificate."""
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


@pytest.fixture
def signed_at_globex(eve: User, globex: Customer, sam: User, sign_all: Callable[[], None]) -> CSR:
    """Another customer's CSR, ready for Apple."""
    csr = lifecycle.request_csr(
        globex, subject=Subject(common_name="Globex push", country="US"), by=Actor.of(eve)
    )
    tasks.make_csr(str(csr.pk))
    csr.refresh_from_db()
    lifecycle.approve(csr, by=Actor.of(sam))
    sign_all()
    csr.refresh_from_db()
    return csr


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The product as `manage.py up` runs it, every process, in a folder of its own.

    One for each process of the suite: Ada's story is at Acme, Eve's at Globex.
    """
    running = instance.start(tmp_path_factory.mktemp("flow") / "var")
    yield running
    running.stop()
