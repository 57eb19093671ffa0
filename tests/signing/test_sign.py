"""One CSR becomes one signed request that Apple would take, or a sentence."""

import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from onboarding import errors
from onboarding.pki import push_request
from onboarding.pki.chain import Chain
from pushportal.sandbox.authority import Authority
from signing.identity import SigningIdentity
from signing.sign import SignedRequest, sign
from tests.signing.vendor import Vendor, csr_der


@dataclass(frozen=True)
class Stranger:
    """An identity whose chain is the vendor's and whose key is not."""

    chain: Chain
    key: rsa.RSAPrivateKey

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, padding.PKCS1v15(), SHA256())


@dataclass(frozen=True)
class Untouched:
    """An identity whose key must not be used."""

    chain: Chain

    def sign(self, data: bytes) -> bytes:
        raise AssertionError(f"{len(data)} bytes were signed")


def signed(csr: bytes, signer: SigningIdentity, vendor: Vendor, now: datetime) -> SignedRequest:
    return sign(csr, identity=signer, trust=vendor.trust, now=now)


def test_the_stand_in_for_apple_takes_what_was_signed(
    csr_file: bytes, signer: SigningIdentity, vendor: Vendor, now: datetime, apple: Authority
) -> None:
    content = signed(csr_file, signer, vendor, now).content

    assert apple.check(content, now=now).is_signature_valid


@pytest.mark.needs("openssl")
def test_the_signature_in_it_is_what_openssl_makes(
    csr_file: bytes, signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    request = push_request.decode(signed(csr_file, signer, vendor, now).content)

    openssl = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", vendor.pem()],
        input=csr_file,
        check=True,
        capture_output=True,
    )
    assert request.signature == openssl.stdout
    assert request.csr_der == csr_file
    assert request.chain.pem == vendor.chain


def test_the_same_csr_gives_the_same_bytes(
    csr_file: bytes, signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    first, second = (signed(csr_file, signer, vendor, now) for _ in range(2))

    assert first == second
    assert first.sha256 == sha256(first.content).hexdigest()


def test_the_vendors_own_key_is_never_signed_for(
    signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    with pytest.raises(errors.KeyReused, match="the vendor's own key, which must never leave"):
        signed(csr_der(vendor.key), Untouched(signer.chain), vendor, now)


def test_the_csr_is_verified_before_the_key_is_used(
    csr_file: bytes, signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    damaged = csr_file[:-1] + bytes([csr_file[-1] ^ 1])

    with pytest.raises(errors.InvalidCSR, match="signature is broken"):
        signed(damaged, Untouched(signer.chain), vendor, now)


def test_a_key_that_apple_does_not_take_is_refused(
    signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    csr = csr_der(ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(errors.UnfitKey, match="not RSA"):
        signed(csr, Untouched(signer.chain), vendor, now)


def test_a_signature_by_another_key_is_the_identitys_fault(
    csr_file: bytes, signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    stranger = Stranger(signer.chain, other)

    with pytest.raises(errors.InvalidIdentity, match="not fit: The signature was not made with"):
        signed(csr_file, stranger, vendor, now)


def test_an_expired_chain_is_the_identitys_fault(
    csr_file: bytes, signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    with pytest.raises(errors.InvalidIdentity, match=r"not fit: .* expired on"):
        signed(csr_file, signer, vendor, now + timedelta(days=400))


def test_a_csr_too_large_for_apple_is_the_csrs_fault(
    signer: SigningIdentity, vendor: Vendor, now: datetime, push_key: rsa.RSAPrivateKey
) -> None:
    huge = csr_der(push_key, name="A" * 64, extra=b"x" * 40_000)

    with pytest.raises(errors.UploadTooLarge):
        signed(huge, signer, vendor, now)


def test_what_was_signed_shows_no_bytes(
    csr_file: bytes, signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    made = signed(csr_file, signer, vendor, now)

    assert "content" not in repr(made)
    assert made.sha256 in repr(made)
