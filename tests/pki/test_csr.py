"""CSRs: those of openssl are read, fit ones verified, each unfit one refused with its sentence."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from onboarding import errors
from onboarding.pki import csr, key_policy, pem
from onboarding.pki.names import Subject
from tests.pki import authority as made
from tests.pki.damaged import VECTORS

UNFIT = {
    "ec_p256.pem": (errors.UnfitKey, "not RSA but EC"),
    "ed25519.pem": (errors.UnfitKey, "not RSA but Ed25519"),
    "rsa_1024.pem": (errors.UnfitKey, "has 1024 bits; Apple needs 2048"),
    "rsa_4096.pem": (errors.UnfitKey, "has 4096 bits; Apple needs 2048"),
    "exponent_3.pem": (errors.UnfitKey, "public exponent of the RSA key is 3; it must be 65537"),
    "small_factor.pem": (errors.UnfitKey, "small prime factor"),
    "close_primes.pem": (errors.UnfitKey, "two primes are close together"),
    "roca.pem": (errors.UnfitKey, "CVE-2017-15361"),
    "sha1.pem": (errors.InvalidCSR, "signed with SHA-1; Apple needs SHA-256"),
    "md5.pem": (errors.InvalidCSR, "signed with MD5; Apple needs SHA-256"),
    "pss.pem": (errors.InvalidCSR, "signed with RSA-PSS; Apple needs"),
    "broken_signature.pem": (errors.InvalidCSR, "own signature is broken"),
    "foreign_signature.pem": (errors.InvalidCSR, "own signature is broken"),
}


def made_by_openssl(folder: Path, *options: str) -> bytes:
    command = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "push.key"]
    subject = ["-utf8", "-subj", "/C=DE/O=Bäckerei Ähre/CN=Push/emailAddress=it@aehre.example"]
    subprocess.run(
        [*command, *subject, "-out", "push.csr", *options],
        cwd=folder,
        capture_output=True,
        check=True,
    )
    return (folder / "push.csr").read_bytes()


@pytest.mark.needs("openssl")
@pytest.mark.parametrize(
    "options",
    [(), ("-outform", "der"), ("-text",), ("-newhdr",), ("-sha384",), ("-sha512",)],
    ids=["PEM", "DER", "text before the PEM", "NEW in the header", "SHA-384", "SHA-512"],
)
def test_what_openssl_req_makes_is_verified(options: tuple[str, ...], tmp_path: Path) -> None:
    data = made_by_openssl(tmp_path, *options)

    verified = csr.verify(data)

    assert verified.subject == Subject(
        common_name="Push", organization="Bäckerei Ähre", country="DE", email="it@aehre.example"
    )
    assert verified.key_bits == 2048


@pytest.mark.needs("openssl")
@pytest.mark.parametrize(
    "wrap",
    [
        lambda pem_: b"\xef\xbb\xbf" + pem_,
        lambda pem_: pem_.replace(b"\n", b"\r\n"),
        lambda pem_: b"\n\n  Bag Attributes: M\xfcller\n" + pem_ + b"\n\n",
        lambda pem_: pem_.decode().encode("utf-16"),
        lambda pem_: pem_.rstrip(),
    ],
    ids=["BOM", "CRLF", "Latin-1 around it", "UTF-16", "no line feed at the end"],
)
def test_how_programs_mistreat_pem_does_not_matter(
    wrap: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    data = made_by_openssl(tmp_path)

    wrapped = csr.verify(wrap(data))

    assert wrapped == csr.verify(data)


def test_the_parsed_csr_tells_what_staff_look_at() -> None:
    der = made.csr()
    spki = (
        made.key("push").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )

    parsed = csr.parse(der)

    assert parsed.der == der
    assert parsed.subject.as_text() == "CN=Acme push, O=Acme, C=DE, emailAddress=mdm@acme.example"
    assert parsed.public_key_sha256 == hashlib.sha256(spki).hexdigest()
    assert parsed.signature_hash == "SHA-256"


def test_a_csr_without_a_subject_is_taken() -> None:
    verified = csr.verify(made.csr(subject=x509.Name([])))

    assert verified.subject == Subject()


@pytest.mark.parametrize("name", UNFIT)
def test_an_unfit_csr_is_refused_with_its_sentence(name: str) -> None:
    data = (VECTORS / name).read_bytes()
    error, says = UNFIT[name]

    with pytest.raises(error, match=says) as refused:
        csr.verify(data)

    assert type(refused.value) is error


@pytest.mark.parametrize("name", UNFIT)
def test_an_unfit_csr_can_still_be_shown(name: str) -> None:
    parsed = csr.parse((VECTORS / name).read_bytes())

    assert parsed.subject.common_name == "Acme push"


@pytest.mark.parametrize("name", UNFIT)
def test_each_unfit_csr_says_whence_it_is(name: str) -> None:
    first_line = (VECTORS / name).read_text().splitlines()[0]

    assert first_line.startswith(("Made with ", "Made for "))


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        # The key's algorithm: no such OID.
        ("06092a864886f70d010101", "06092a864886f70d01017f", errors.UnfitKey, "not known here"),
        # The signature's algorithm: no such OID.
        ("06092a864886f70d01010b", "06092a864886f70d01017f", errors.InvalidCSR, "an unknown"),
        # SHA-224 belongs to SHA-2, but nobody signs CSRs with it.
        ("06092a864886f70d01010b", "06092a864886f70d01010e", errors.InvalidCSR, "SHA-224"),
        # The common name is a UTF8String of bytes that are no UTF-8.
        (b"Acme push".hex(), b"Acme \xff\xff\xff\xff".hex(), errors.InvalidCSR, "cannot be read"),
    ],
)
def test_a_malformed_csr_is_refused_with_a_sentence(
    old: str, new: str, error: type[errors.PortalError], says: str
) -> None:
    data = made.csr().replace(bytes.fromhex(old), bytes.fromhex(new))

    with pytest.raises(error, match=says):
        csr.verify(data)


def test_a_very_large_exponent_is_refused_without_its_digits() -> None:
    modulus = made.key("push").public_key().public_numbers().n
    odd = rsa.RSAPublicNumbers(2**60 + 1, modulus).public_key()

    with pytest.raises(errors.UnfitKey, match="is very large; it must be 65537"):
        key_policy.check(odd)


def test_no_factor_of_a_weak_key_enters_the_sentence() -> None:
    with pytest.raises(errors.UnfitKey) as refused:
        csr.verify((VECTORS / "small_factor.pem").read_bytes())

    assert "751" not in refused.value.sentence


def test_a_csr_does_not_show_its_bytes_in_a_log() -> None:
    assert "der=" not in repr(csr.parse(made.csr()))


def test_pem_of_a_csr_is_the_pem_of_openssl() -> None:
    loaded = x509.load_der_x509_csr(made.csr())

    assert pem.encode("CERTIFICATE REQUEST", made.csr()).encode() == loaded.public_bytes(
        Encoding.PEM
    )


# cryptography says so, too, both when it writes such a name and when it reads one.
@pytest.mark.filterwarnings("ignore:Attribute's length:UserWarning")
def test_a_name_that_is_no_name_is_refused() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    common_name = x509.NameAttribute(x509.NameOID.COMMON_NAME, "A" * 5000, _validate=False)
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([common_name]))
    data = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)

    with pytest.raises(errors.InvalidCSR, match=r"common name has 5000 characters; at most 64"):
        csr.verify(data)
