"""What was issued, as files: one per topic, because a renewal stays in its row."""

import fcntl
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509

from pushportal.sandbox import files
from pushportal.sandbox.errors import RevokedCertificate, UnknownCertificate

TOPIC = re.compile(r"com\.apple\.mgmt\.External\.[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Issued:
    """A row of the list: the newest certificate of a topic."""

    topic: str
    serial: str
    not_before: datetime
    not_after: datetime
    pem: bytes
    account: str
    vendor: str
    filename: str
    notes: str = ""
    is_revoked: bool = False
    superseded_serials: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """The UUID at the end of the topic, which names the row in addresses."""
        return self.topic.rpartition(".")[2]

    def status(self, now: datetime) -> str:
        if self.is_revoked:
            return "Revoked"
        return "Expired" if self.not_after < now else "Active"


def of_pem(pem: bytes, *, account: str, vendor: x509.Certificate, notes: str = "") -> Issued:
    """The first row of a new certificate, its vendor named as the vendor certificate has it."""
    certificate = x509.load_pem_x509_certificate(pem)
    issuer_of_request = _common_name(vendor).removeprefix("MDM Vendor:")
    return Issued(
        topic=str(certificate.subject.get_attributes_for_oid(x509.NameOID.USER_ID)[0].value),
        serial=f"{certificate.serial_number:X}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        pem=pem,
        account=account_key(account),
        vendor=issuer_of_request.strip(),
        # With the space behind the underscore, as Apple's portal writes it.
        filename=f"MDM_{issuer_of_request}_Certificate.pem".replace("/", "-"),
        notes=notes,
    )


def account_key(account: str) -> str:
    return account.strip().casefold()


@dataclass(frozen=True, slots=True)
class Records:
    folder: Path

    def of_account(self, account: str) -> list[Issued]:
        """The rows of this account, the one that ends last first."""
        rows = [_read(path) for path in self.folder.glob("*.json")]
        mine = (row for row in rows if row.account == account_key(account))
        return sorted(mine, key=lambda row: (row.not_after, row.topic), reverse=True)

    def find(self, topic: str, *, account: str) -> Issued:
        path = self._path(topic)
        if path is None or not path.exists():
            raise UnknownCertificate(f"No certificate has the topic {topic!r}.")
        row = _read(path)
        if row.account != account_key(account):
            raise UnknownCertificate(f"{topic} belongs to another Apple Account.")
        return row

    def add(self, row: Issued) -> Issued:
        path = self._path(row.topic)
        if path is None:
            raise ValueError(f"{row.topic!r} is not a topic.")
        files.private_folder(self.folder)
        files.write(path, json.dumps(asdict(row), default=_as_text, indent=1).encode())
        return row

    def renew(self, row: Issued) -> Issued:
        """Put the new certificate in the row of its topic."""
        with self._locked():
            old = self.find(row.topic, account=row.account)
            if old.is_revoked:
                raise RevokedCertificate(f"{row.topic} was revoked.")
            serials = (*old.superseded_serials, old.serial)
            notes = row.notes or old.notes
            return self.add(replace(row, notes=notes, superseded_serials=serials))

    def revoke(self, topic: str, *, account: str) -> Issued:
        with self._locked():
            return self.add(replace(self.find(topic, account=account), is_revoked=True))

    def _path(self, topic: str) -> Path | None:
        # A topic comes from the address bar: anything else could name a file elsewhere.
        return self.folder / f"{topic}.json" if TOPIC.fullmatch(topic) else None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Read, decide, write: without the lock a renewal could bring a revoked row back.
        path = files.private_folder(self.folder) / ".lock"
        path.touch(mode=0o600)
        with path.open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("ascii")
    raise TypeError(f"A record cannot hold {type(value).__name__}.")


def _read(path: Path) -> Issued:
    fields = json.loads(path.read_text(encoding="utf-8"))
    moments = {name: datetime.fromisoformat(fields[name]) for name in ("not_before", "not_after")}
    return Issued(
        **{
            **fields,
            **moments,
            "pem": fields["pem"].encode("ascii"),
            "superseded_serials": tuple(fields["superseded_serials"]),
        }
    )
