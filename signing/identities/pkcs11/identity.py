"""The identity of a key in a token, with certificates from the token and from a file."""

from dataclasses import dataclass

from cryptography import x509

from onboarding import errors
from onboarding.pki import certificates
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust
from signing.identities import contents, file
from signing.identities.pkcs11.key import TokenKey
from signing.identities.pkcs11.private_key import PrivateKeyInToken
from signing.identities.pkcs11.url import Place


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    chain: Chain
    key: TokenKey

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)


def load(place: Place, *, passphrase: str | None, trust: Trust) -> TokenIdentity:
    """The identity, its chain completed from `trust`. Raises InvalidIdentity."""
    key = TokenKey(place, passphrase=passphrase)
    return TokenIdentity(chain(key, place, trust=trust), key)


def private_key(place: Place, *, pin: str | None) -> PrivateKeyInToken:
    """The key alone, to make a CSR with. Raises InvalidIdentity."""
    return PrivateKeyInToken(TokenKey(place, passphrase=pin))


def chain(key: TokenKey, place: Place, *, trust: Trust) -> Chain:
    found = (*key.certificates, *_of_file(place))
    if not found:
        raise errors.InvalidIdentity(
            "The token holds no certificate beside the key. Write Apple's certificate into the"
            " token with the key's CKA_ID, or name its file in the URL: x-chain-file=/path."
        )
    return contents.chain(key.public_key, found, trust=trust)


def _of_file(place: Place) -> tuple[x509.Certificate, ...]:
    if place.chain_file is None:
        return ()
    try:
        return certificates.read(file.read(place.chain_file))
    except errors.InvalidChain as error:
        raise errors.InvalidIdentity(f"{place.chain_file}, of x-chain-file=: {error}") from error
