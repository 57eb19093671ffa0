"""The file for Apple, made again from its rows on each download."""

from hashlib import sha256

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.models import CSR
from onboarding.pki.chain import Chain
from onboarding.pki.push_request import PushCertificateRequest


def assemble(csr: CSR) -> bytes:
    """The signed request of `csr`, byte for byte as it was signed.

    Raises WrongState before a signature exists, DamagedRecord if CSR, signature or chain differ
    from what was recorded.
    """
    if csr.signature is None or csr.der is None or csr.vendor_certificate is None:
        raise errors.WrongState(
            gettext_noop("This CSR is not signed yet, so there is no file for Apple.")
        )
    try:
        chain = Chain.of_pem(csr.vendor_certificate.chain)
    except errors.InvalidChain as error:
        raise _damaged() from error
    content = PushCertificateRequest(
        csr_der=bytes(csr.der), chain=chain, signature=bytes(csr.signature)
    ).encode()
    if sha256(content).hexdigest() != csr.push_request_sha256:
        raise _damaged()
    return content


def _damaged() -> errors.DamagedRecord:
    return errors.DamagedRecord(
        gettext_noop(
            "The signed request no longer matches its recorded fingerprint, so it is not handed"
            " out. Please tell your vendor."
        )
    )


def file_name(csr: CSR) -> str:
    """What the download is called: ASCII, short, telling one request from another."""
    return f"push-request-{csr.requested_at:%Y-%m-%d}-{str(csr.pk)[:8]}.plist.b64"
