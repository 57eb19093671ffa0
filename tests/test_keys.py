"""Push keys are sealed: to the custody key, for one CSR, and told by nothing."""

from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization

from onboarding import errors, keys
from tests.conftest import CUSTODY_PRIVATE_KEY, CUSTODY_PUBLIC_KEY


def test_a_sealed_key_opens_for_its_csr() -> None:
    push_key, csr_id = keys.new_push_key(), uuid4()

    sealed = keys.seal(push_key, csr_id=csr_id, custody_public_key=CUSTODY_PUBLIC_KEY)

    opened = keys.unseal(sealed, csr_id=csr_id, custody_private_key=CUSTODY_PRIVATE_KEY)
    assert opened.private_numbers() == push_key.private_numbers()


def test_a_sealed_key_does_not_open_for_another_csr() -> None:
    sealed = keys.seal(keys.new_push_key(), csr_id=uuid4(), custody_public_key=CUSTODY_PUBLIC_KEY)

    with pytest.raises(errors.InvalidSeal, match="another CSR"):
        keys.unseal(sealed, csr_id=uuid4(), custody_private_key=CUSTODY_PRIVATE_KEY)


def test_a_sealed_key_does_not_open_with_another_custody_key() -> None:
    csr_id = uuid4()
    sealed = keys.seal(keys.new_push_key(), csr_id=csr_id, custody_public_key=CUSTODY_PUBLIC_KEY)
    other, _ = keys.new_custody_key_pair()

    with pytest.raises(errors.InvalidSeal):
        keys.unseal(sealed, csr_id=csr_id, custody_private_key=other)


@pytest.mark.parametrize("offset", [0, 40, -1])
def test_a_changed_seal_does_not_open(offset: int) -> None:
    csr_id = uuid4()
    sealed = bytearray(
        keys.seal(keys.new_push_key(), csr_id=csr_id, custody_public_key=CUSTODY_PUBLIC_KEY)
    )
    sealed[offset] ^= 1

    with pytest.raises(errors.InvalidSeal):
        keys.unseal(bytes(sealed), csr_id=csr_id, custody_private_key=CUSTODY_PRIVATE_KEY)


def test_a_sealed_key_shows_nothing_of_the_key() -> None:
    push_key = keys.new_push_key()
    der = push_key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    sealed = keys.seal(push_key, csr_id=uuid4(), custody_public_key=CUSTODY_PUBLIC_KEY)

    assert not any(der[i : i + 8] in sealed for i in range(0, len(der) - 8, 8))


def test_a_wrong_custody_setting_is_told_without_its_value() -> None:
    with pytest.raises(errors.InvalidSeal, match="CUSTODY_PRIVATE_KEY must be base64") as caught:
        keys.custody_public_half("c2VjcmV0")

    assert "c2VjcmV0" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_halves_belong_together() -> None:
    assert keys.custody_public_half(CUSTODY_PRIVATE_KEY) == CUSTODY_PUBLIC_KEY
