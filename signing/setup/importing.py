"""`vendor_identity import`: Apple's answer and the vendor's key become one checked identity."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from onboarding import errors
from onboarding.pki import certificates
from onboarding.pki.trust import Trust
from signing import fitness
from signing.identities import file, pem
from signing.identities.contents import Contents
from signing.setup.request import key_pem


def is_certificate_alone(data: bytes) -> bool:
    """True for a certificate without a key beside it, which then has to be named."""
    if pem.has_key(data):
        return False
    try:
        return bool(certificates.read(data))
    except errors.InvalidChain:
        return False


def joined(
    answer: bytes, *, key: bytes | None, extra: Iterable[bytes], passphrase: str | None
) -> Contents:
    """Key and certificates of Apple's file, the key's file and the trust certificates together.

    Raises InvalidIdentity or InvalidChain.
    """
    if key is None:
        contents = file.parse(answer, passphrase=passphrase)
    else:
        found = certificates.read(answer)
        contents = Contents(pem.read_key(key, passphrase=passphrase), found)
    trusted = tuple(one for data in extra for one in certificates.read(data))
    return replace(contents, certificates=(*contents.certificates, *trusted))


def identity_pem(
    contents: Contents, *, passphrase: str | None, trust: Trust, now: datetime
) -> bytes:
    """The identity's file: key, leaf, intermediate, root. Raises InvalidIdentity.

    What is judged is the file's content read back, not the parts that went in.
    """
    chain = contents.chain(trust=trust)
    content = key_pem(contents.vendor_key, passphrase=passphrase) + chain.pem.encode()
    again = file.parse(content, passphrase=passphrase)
    identity = file.FileIdentity(again.chain(trust=trust), again.vendor_key)
    fitness.check(identity.chain, sign=identity.sign, trust=trust, now=now)
    return content
