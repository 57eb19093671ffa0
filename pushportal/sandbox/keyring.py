"""The stand-in's keys and CA certificates: made once into a folder, reopened ever after."""

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pushportal.sandbox import files, profiles

ROLES = ("root", "wwdr", "push_ca", "vendor")


@dataclass(frozen=True, slots=True)
class Member:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode("ascii")


@dataclass(frozen=True, slots=True)
class Keyring:
    root: Member
    wwdr: Member
    push_ca: Member
    vendor: Member


def prepare(folder: Path, *, vendor: str, now: datetime) -> Keyring:
    """The keyring in `folder`, made if it is not there yet."""
    if not folder.exists():
        _make_into(folder, vendor=vendor, now=now)
    return _read(folder)


def certify(
    subject: x509.Name,
    public_key: rsa.RSAPublicKey,
    extensions: Iterable[profiles.Extension],
    *,
    issuer: x509.Name,
    issuer_key: rsa.RSAPrivateKey,
    between: tuple[datetime, datetime],
    serial: int,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(between[0].replace(microsecond=0))
        .not_valid_after(between[1].replace(microsecond=0))
    )
    for extension in extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return builder.sign(issuer_key, hashes.SHA256())


def serial_number(*, octets: int) -> int:
    """A random serial of at most so many octets, as DER counts them."""
    return x509.random_serial_number() % (1 << (8 * octets - 1)) or 1


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _make(*, vendor: str, now: datetime) -> Keyring:
    # The CAs begin years ago, as Apple's did, so that a test may set its clock back.
    years = timedelta(days=365)
    keys = {role: new_key() for role in ROLES}
    public = {role: key.public_key() for role, key in keys.items()}
    root = certify(
        profiles.ROOT_NAME,
        public["root"],
        profiles.root(public["root"]),
        issuer=profiles.ROOT_NAME,
        issuer_key=keys["root"],
        between=(now - 20 * years, now + 20 * years),
        serial=2,
    )
    wwdr = certify(
        profiles.WWDR_NAME,
        public["wwdr"],
        profiles.wwdr(public["wwdr"], public["root"]),
        issuer=root.subject,
        issuer_key=keys["root"],
        between=(now - 6 * years, now + 10 * years),
        serial=serial_number(octets=16),
    )
    push_ca = certify(
        profiles.PUSH_CA_NAME,
        public["push_ca"],
        profiles.push_ca(public["push_ca"], public["root"]),
        issuer=root.subject,
        issuer_key=keys["root"],
        between=(now - 10 * years, now + 10 * years),
        serial=serial_number(octets=8),
    )
    leaf = certify(
        profiles.vendor_name(vendor, team="SANDBOX123", country="US"),
        public["vendor"],
        profiles.vendor(public["vendor"], public["wwdr"]),
        issuer=wwdr.subject,
        issuer_key=keys["wwdr"],
        between=(now - timedelta(hours=1), now + years),
        serial=serial_number(octets=16),
    )
    made = zip(ROLES, (root, wwdr, push_ca, leaf), strict=True)
    return Keyring(**{role: Member(certificate, keys[role]) for role, certificate in made})


def _make_into(folder: Path, *, vendor: str, now: datetime) -> None:
    # mkdtemp makes the folder 0700. A kill leaves it behind under its odd name: harmless.
    making = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".making-"))
    try:
        keyring = _make(vendor=vendor, now=now)
        for role in ROLES:
            member: Member = getattr(keyring, role)
            files.write(making / f"{role}.pem", (member.key_pem + member.pem).encode("ascii"))
        making.rename(folder)
    except OSError:
        # Another process was first; its keyring is whole, because a rename is one step.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _read(folder: Path) -> Keyring:
    return Keyring(**{role: _read_member(folder / f"{role}.pem") for role in ROLES})


def _read_member(path: Path) -> Member:
    content = path.read_bytes()
    # Made by this very module: proving anew that the factors are primes takes most of the time.
    key = serialization.load_pem_private_key(
        content, password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA key; remove the sandbox's folder and prepare anew.")
    return Member(x509.load_pem_x509_certificate(content), key)
