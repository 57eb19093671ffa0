"""A key in a token in the form that cryptography takes, for a CSR that the token signs."""

from typing import NoReturn, Self

from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm

from signing.identities.pkcs11.key import TokenKey

# NotImplementedError below is how a key in hardware refuses: there is nothing left to write.
_STAYS = "The key stays in its token."


class PrivateKeyInToken(rsa.RSAPrivateKey):
    """Signs with PKCS#1 v1.5 and SHA-256, and can do nothing else."""

    def __init__(self, key: TokenKey) -> None:
        self._key = key

    @property
    def key_size(self) -> int:
        return self._key.public_key.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        return self._key.public_key

    def sign(
        self,
        data: bytes,
        padding_: padding.AsymmetricPadding,
        algorithm: utils.Prehashed | HashAlgorithm | utils.NoDigestInfo,
    ) -> bytes:
        if not isinstance(padding_, padding.PKCS1v15) or not isinstance(algorithm, SHA256):
            raise NotImplementedError("The token is asked for PKCS#1 v1.5 with SHA-256 only.")
        return self._key.sign(bytes(data))

    def decrypt(self, ciphertext: bytes, padding: padding.AsymmetricPadding) -> NoReturn:
        raise NotImplementedError(_STAYS)

    def private_numbers(self) -> NoReturn:
        raise NotImplementedError(_STAYS)

    def private_bytes(
        self,
        encoding: object,
        format: object,  # noqa: A002 - named by cryptography
        encryption_algorithm: object,
    ) -> NoReturn:
        raise NotImplementedError(_STAYS)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self
