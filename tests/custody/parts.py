"""What tests of custody share: passphrases, exports, custody keys in files."""

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pytest_django import Settings

from onboarding import keys, lifecycle, seal, storage
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Export, PushCertificate, User
from tests.conftest import CUSTODY_PRIVATE_KEY, CUSTODY_PUBLIC_KEY

PASSPHRASE = "tired of 4 horses"


def exported(
    certificate: PushCertificate, *, form: Export.Form = Export.Form.PKCS12, by: User | None = None
) -> Export:
    """An export that the CSR's own requester (or `by`) asked for; its file is not made yet."""
    export_id = uuid4()
    return lifecycle.ask_export(
        certificate,
        export_id=export_id,
        form=form,
        sealed_passphrase=seal.passphrase(
            PASSPHRASE, export_id=export_id, custody_public_key=CUSTODY_PUBLIC_KEY
        ),
        by=Actor.of(by or certificate.csr.requested_by),
    )


def fetched(certificate: PushCertificate) -> Export:
    """An export that was downloaded: from then on a server may have the key."""
    export = exported(certificate)
    Export.objects.filter(pk=export.pk).update(
        state=Export.State.READY, file="exports/x", sealed_passphrase=None
    )
    lifecycle.fetch_export(export, by=Actor.of(export.asked_by))
    return export


def opens_with(csr: CSR, custody_private_key: str) -> bool:
    """Whether the CSR's seal, as kept now, holds its key under this custody key."""
    opened = keys.unseal(
        storage.get(csr.sealed_key), csr_id=csr.pk, custody_private_key=custody_private_key
    )
    return keys.public_key_sha256(opened) == csr.public_key_sha256


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The custody keys of the suite in files, as a worker has them."""

    private: Path
    public: Path

    @classmethod
    def written(cls, folder: Path, settings: Settings) -> "KeyFiles":
        files = cls(folder / "custody_private_key", folder / "custody_public_key")
        files.private.write_text(f"{CUSTODY_PRIVATE_KEY}\n")
        files.private.chmod(0o600)
        files.public.write_text(f"{CUSTODY_PUBLIC_KEY}\n")
        files.public.chmod(0o644)
        settings.CUSTODY_PRIVATE_KEY_FILE = files.private
        settings.CUSTODY_PUBLIC_KEY_FILE = files.public
        return files

    @property
    def private_keys(self) -> list[str]:
        return self.private.read_text().split()
