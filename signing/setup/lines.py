"""The openssl and certtool lines with which a person repeats the checks, without our code.

`openssl verify` alone looks at one certificate and fails on genuine chains, and certtool trusts
whichever certificate is last: only together, and with the root's fingerprint, do they tell.
"""

import os
import shlex
import sys
from pathlib import Path

from cryptography import x509
from django.conf import settings

from onboarding.pki import certificates
from onboarding.pki.chain import Chain
from signing import identity
from signing.identities import pem
from signing.identities.pkcs11 import url as pkcs11_url

# pbeWithSHAAnd128BitRC2-CBC and its 40-bit sister (RFC 7292): OpenSSL 3 opens them only on demand.
_RC2 = (bytes.fromhex("2a864886f70d010c0105"), bytes.fromhex("2a864886f70d010c0106"))
_VERIFY = "openssl verify -no-CAfile -no-CApath -no-CAstore"


def lines(url: str, chain: Chain, *, passphrase_file: Path | None) -> list[str]:
    """Lines for bash, in an empty folder of their own. Each fails when its check does."""
    count = len(chain.certificates)
    return [
        'cd "$(mktemp -d)"',
        _write_chain(url, passphrase_file),
        "csplit -z -s -f c- -b %02d.pem chain.pem '/-----BEGIN/' '{*}'",
        f"cmp chain.pem <(for c in {_names(count)}; do openssl x509 -in $c; done)",
        f"{_public_key(url, passphrase_file)} > key.pub",
        "openssl x509 -in c-00.pem -pubkey -noout | cmp - key.pub",
        f"{_VERIFY} -partial_chain -ignore_critical -trusted c-01.pem c-00.pem",
        *_uppers(count),
        _is_root(chain),
        *(f"openssl x509 -in c-{at:02}.pem -noout -checkend 0" for at in range(count)),
        *_certtool(chain),
    ]


def _names(count: int) -> str:
    return " ".join(f"c-{at:02}.pem" for at in range(count))


def _uppers(count: int) -> list[str]:
    return [
        f"{_VERIFY} -partial_chain -x509_strict -trusted c-{at + 1:02}.pem c-{at:02}.pem"
        for at in range(1, count - 1)
    ]


def _certtool(chain: Chain) -> list[str]:
    if not any(extension.critical for extension in _private_extensions(chain)):
        return ["certtool -e < chain.pem"]
    uppers = _names(len(chain.certificates)).partition(" ")[2]
    return [
        "# certtool refuses Apple's private critical extensions: only what is above the leaf.",
        f"cat {uppers} | certtool -e",
    ]


def _private_extensions(chain: Chain) -> list[x509.Extension[x509.ExtensionType]]:
    unknown = x509.UnrecognizedExtension
    return [one for one in chain.leaf.extensions if isinstance(one.value, unknown)]


def _is_root(chain: Chain) -> str:
    last = f"c-{len(chain.certificates) - 1:02}.pem"
    sha256 = certificates.fingerprint(chain.certificates[-1])
    found = f"openssl x509 -in {last} -outform der | openssl dgst -sha256 -r | cut -c -64"
    return f'test "$({found})" = {sha256}'


def _write_chain(url: str, passphrase_file: Path | None) -> str:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "vendor_identity"]
    command += ["--settings", os.environ["DJANGO_SETTINGS_MODULE"]]
    named = url if pkcs11_url.is_pkcs11(url) else str(identity.path_of(url))
    command += ["chain", "--identity", named, "--output", "chain.pem"]
    if passphrase_file:
        command += ["--passphrase-file", str(passphrase_file.resolve())]
    return shlex.join(command)


def _public_key(url: str, passphrase_file: Path | None) -> str:
    if pkcs11_url.is_pkcs11(url):
        return _public_key_in_token(url, passphrase_file)
    path = identity.path_of(url)
    name, secret = shlex.quote(str(path)), _passphrase(passphrase_file)
    if pem.is_pem(path.read_bytes()):
        return f"openssl pkey -in {name}{secret} -pubout"
    legacy = " -legacy" if any(oid in path.read_bytes() for oid in _RC2) else ""
    return f"openssl pkcs12{legacy} -in {name}{secret} -nocerts -noenc | openssl pkey -pubout"


def _public_key_in_token(url: str, passphrase_file: Path | None) -> str:
    """By GnuTLS, which takes the PIN from its environment, or asks. Never the PIN itself."""
    place = pkcs11_url.parse(url)
    if file := place.pin_file or _passphrase_file(passphrase_file):
        pin = f'GNUTLS_PIN="$(cat {shlex.quote(str(file))})" '
    else:
        pin = 'GNUTLS_PIN="$SIGNING_IDENTITY_PASSPHRASE" ' if _is_in_environment() else ""
    module, key = shlex.quote(str(place.module_path)), shlex.quote(pkcs11_url.private_key(url))
    return f"{pin}p11tool --provider {module} --login --export-pubkey {key}"


def _passphrase(passphrase_file: Path | None) -> str:
    """Where OpenSSL finds the passphrase: where we found it, or it asks. Never the passphrase."""
    if file := _passphrase_file(passphrase_file):
        return " -passin " + shlex.quote(f"file:{file}")
    return " -passin env:SIGNING_IDENTITY_PASSPHRASE" if _is_in_environment() else ""


def _passphrase_file(given: Path | None) -> Path | None:
    file = given or os.environ.get("SIGNING_IDENTITY_PASSPHRASE_FILE")
    return Path(file).resolve() if file else None


def _is_in_environment() -> bool:
    return bool(os.environ.get("SIGNING_IDENTITY_PASSPHRASE"))
