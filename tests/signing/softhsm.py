"""SoftHSM tokens in a folder: with the vendor's key, and with everything that may go wrong."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, CertificateType, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key

PIN, SO_PIN = "271828", "31415926"
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
MODULE = next((path for path in map(Path, _PLACES) if path.exists()), Path(_PLACES[0]))


@dataclass(frozen=True)
class SoftHSM:
    """Its configuration and tokens, in `folder`. SOFTHSM2_CONF has to name `configuration`."""

    folder: Path

    @classmethod
    def start(cls, folder: Path, *, more: str = "") -> "SoftHSM":
        (folder / "tokens").mkdir(parents=True)
        made = cls(folder)
        made.configuration.write_text(
            f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n{more}"
        )
        return made

    @property
    def configuration(self) -> Path:
        return self.folder / "softhsm2.conf"

    def token(self, label: str = "vendor") -> Path:
        """A new token; the folder that it lives in."""
        before = set((self.folder / "tokens").iterdir())
        command = ["softhsm2-util", "--init-token", "--free", "--label", label]
        subprocess.run(
            [*command, "--pin", PIN, "--so-pin", SO_PIN], check=True, capture_output=True
        )
        (made,) = set((self.folder / "tokens").iterdir()) - before
        return made

    def key(
        self, key: rsa.RSAPrivateKey, *, at: str = "vendor", label: str = "vendor", **more: Any
    ) -> None:
        """Write an RSA key. Any: PKCS#11 attributes by their names, in small letters."""
        der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        self._write(at, {**decode_rsa_private_key(der), **_kept(label), **_named(more)})

    def ec_key(self, *, at: str = "vendor", label: str = "vendor") -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        self._write(at, {**decode_ec_private_key(der), **_kept(label)})

    def certificate(
        self, pem: str, *, at: str = "vendor", label: str = "vendor", key_id: bytes = b"\1"
    ) -> None:
        found = x509.load_pem_x509_certificate(pem.encode())
        self.bytes_as_certificate(
            found.public_bytes(Encoding.DER), at=at, label=label, key_id=key_id
        )

    def bytes_as_certificate(
        self, der: bytes, *, at: str = "vendor", label: str = "vendor", key_id: bytes = b"\1"
    ) -> None:
        self._write(
            at,
            {
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.LABEL: label,
                Attribute.ID: key_id,
                Attribute.SUBJECT: b"\x30\0",
                Attribute.VALUE: der,
            },
        )

    def _write(self, at: str, attributes: dict[Attribute, Any]) -> None:
        """Any: values, each of its attribute's type."""
        with opened(at) as session:
            session.create_object(attributes)


def url(
    *, at: str | None = "vendor", label: str | None = "vendor", more: str = "", query: str = ""
) -> str:
    """The URL of a key; `more` goes into its path, `query` behind the module."""
    named = [f"token={quote(at)}"] if at else []
    named += [f"object={quote(label)}"] if label else []
    path = ";".join([*named, *([more] if more else [])])
    return f"pkcs11:{path}?module-path={MODULE}{query}"


@contextmanager
def opened(token: str) -> Iterator[pkcs11.Session]:
    """A session of another program, which leaves the module as it found it: closed."""
    module = pkcs11.lib(str(MODULE))
    # Ours may be logged in already, in this very process.
    module.reinitialize()
    try:
        yield module.get_token(token_label=token).open(rw=True, user_pin=PIN)
    finally:
        module.finalize()


def _kept(label: str) -> dict[Attribute, Any]:
    """Any: values, each of its attribute's type."""
    return {
        Attribute.TOKEN: True,
        Attribute.PRIVATE: True,
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: False,
        Attribute.LABEL: label,
        Attribute.ID: b"\1",
    }


def _named(more: dict[str, Any]) -> dict[Attribute, Any]:
    """Any: values, each of its attribute's type."""
    return {Attribute[name.upper()]: value for name, value in more.items()}
