"""What leaves: real openssl opens it with the passphrase, and with nothing else."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from onboarding import errors, keys, storage, tasks, trust
from onboarding.models import Export, PushCertificate
from onboarding.pki import certificates
from tests.custody.parts import PASSPHRASE, exported

pytestmark = pytest.mark.needs("openssl")
FORMS = list(Export.Form)


def openssl(*arguments: str, passphrase: str = PASSPHRASE) -> subprocess.CompletedProcess[str]:
    """openssl gets the passphrase as a person types it: by its standard input."""
    return subprocess.run(
        ["openssl", *arguments, "-passin", "stdin"],
        input=f"{passphrase}\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def made(certificate: PushCertificate, form: Export.Form, folder: Path) -> str:
    export = exported(certificate, form=form)
    tasks.export(str(export.pk))
    export.refresh_from_db()
    path = folder / "export"
    path.write_bytes(storage.get(export.file))
    return str(path)


def modulus_of_certificate(certificate: PushCertificate) -> int:
    key = x509.load_der_x509_certificate(bytes(certificate.der)).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return key.public_numbers().n


def modulus_of_key(unencrypted_pem: str, folder: Path) -> int:
    (folder / "key.pem").write_text(unencrypted_pem)
    shown = openssl("rsa", "-in", str(folder / "key.pem"), "-noout", "-modulus").stdout
    return int(shown.partition("=")[2], 16)


def test_openssl_finds_the_key_in_the_pkcs12_file(active: PushCertificate, tmp_path: Path) -> None:
    path = made(active, Export.Form.PKCS12, tmp_path)

    ran = openssl("pkcs12", "-in", path, "-nocerts", "-noenc")

    assert ran.returncode == 0, ran.stderr
    assert modulus_of_key(ran.stdout, tmp_path) == modulus_of_certificate(active)


def test_the_pkcs12_file_holds_certificate_issuer_and_a_friendly_name(
    active: PushCertificate, tmp_path: Path
) -> None:
    path = made(active, Export.Form.PKCS12, tmp_path)

    shown = openssl("pkcs12", "-in", path, "-nokeys").stdout

    issuers = trust.current().intermediates
    found = x509.load_pem_x509_certificates(shown.encode())
    assert found[0] == x509.load_der_x509_certificate(bytes(active.der))
    assert found[1] in issuers
    found[0].verify_directly_issued_by(found[1])
    assert f"friendlyName: Acme MDM push {active.not_after:%Y-%m-%d}" in shown


def test_the_pkcs12_file_is_encrypted_with_aes_256(active: PushCertificate, tmp_path: Path) -> None:
    path = made(active, Export.Form.PKCS12, tmp_path)

    told = openssl("pkcs12", "-in", path, "-info", "-noout").stderr

    assert told.count("AES-256-CBC") == 2, "certificates and key, each"
    assert "MAC: sha256" in told


def test_openssl_finds_the_key_in_the_pem_file(active: PushCertificate, tmp_path: Path) -> None:
    path = made(active, Export.Form.PEM, tmp_path)

    ran = openssl("pkey", "-in", path)

    assert ran.returncode == 0, ran.stderr
    assert modulus_of_key(ran.stdout, tmp_path) == modulus_of_certificate(active)


def test_the_pem_file_holds_the_key_encrypted_then_certificate_and_issuer(
    active: PushCertificate, tmp_path: Path
) -> None:
    text = Path(made(active, Export.Form.PEM, tmp_path)).read_text()

    labels = [line for line in text.splitlines() if line.startswith("-----BEGIN")]
    assert labels[0] == "-----BEGIN ENCRYPTED PRIVATE KEY-----"
    assert labels[1:] == ["-----BEGIN CERTIFICATE-----"] * 2
    found = x509.load_pem_x509_certificates(text.encode())
    assert found[0] == x509.load_der_x509_certificate(bytes(active.der))
    found[0].verify_directly_issued_by(found[1])


@pytest.mark.parametrize("form", FORMS)
def test_nothing_opens_without_the_passphrase(
    active: PushCertificate, form: Export.Form, tmp_path: Path
) -> None:
    path = made(active, form, tmp_path)
    how = ("pkcs12", "-noenc") if form == Export.Form.PKCS12 else ("pkey",)

    assert openssl(how[0], "-in", path, *how[1:]).returncode == 0
    assert openssl(how[0], "-in", path, *how[1:], passphrase=f"{PASSPHRASE}x").returncode != 0


def test_the_line_on_the_page_for_a_pem_file_works(active: PushCertificate, tmp_path: Path) -> None:
    path = made(active, Export.Form.PEM, tmp_path)

    ran = openssl("pkey", "-in", path, "-noout", "-check")

    assert "Key is valid" in ran.stdout


def test_a_pkcs12_file_with_another_key_is_not_handed_on(
    active: PushCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, really = keys.new_push_key(), pkcs12.serialize_key_and_certificates
    monkeypatch.setattr(
        pkcs12,
        "serialize_key_and_certificates",
        lambda name, _key, _certificate, cas, how: really(name, other, None, cas, how),
    )

    with pytest.raises(errors.InvalidBundle, match="does not hold the push key"):
        keys.pkcs12(
            keys.new_push_key(),
            x509.load_der_x509_certificate(bytes(active.der)),
            intermediates=(),
            passphrase=PASSPHRASE,
            name="x",
        )


def test_a_pkcs12_file_without_its_issuer_is_not_handed_on(
    active: PushCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_key, really = keys.new_push_key(), pkcs12.serialize_key_and_certificates
    monkeypatch.setattr(
        pkcs12,
        "serialize_key_and_certificates",
        lambda name, key, _certificate, _cas, how: really(name, key, None, None, how),
    )

    with pytest.raises(errors.InvalidBundle, match="does not hold the certificates"):
        keys.pkcs12(
            push_key,
            x509.load_der_x509_certificate(bytes(active.der)),
            intermediates=trust.current().intermediates,
            passphrase=PASSPHRASE,
            name="x",
        )


def test_a_pem_file_without_its_issuer_is_not_handed_on(
    active: PushCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = x509.load_der_x509_certificate(bytes(active.der))
    monkeypatch.setattr(certificates, "read", lambda _: (certificate,))

    with pytest.raises(errors.InvalidBundle, match="does not hold the certificates"):
        keys.pem(
            keys.new_push_key(),
            certificate,
            intermediates=trust.current().intermediates,
            passphrase=PASSPHRASE,
        )


def test_a_pem_file_with_another_key_is_not_handed_on(
    active: PushCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, load = keys.new_push_key(), "load_pem_private_key"
    monkeypatch.setattr(serialization, load, lambda *_: other)

    with pytest.raises(errors.InvalidBundle, match="does not hold the push key"):
        keys.pem(
            keys.new_push_key(),
            x509.load_der_x509_certificate(bytes(active.der)),
            intermediates=(),
            passphrase=PASSPHRASE,
        )
