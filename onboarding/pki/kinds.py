"""The kinds of upload, the one DER that a place takes, and a sentence for everything it refuses."""

from typing import NoReturn

from onboarding import errors
from onboarding.pki import recognition
from onboarding.pki.recognition import (
    CERTIFICATES,
    SECRET,
    TOPIC_PREFIX,
    UPLOAD_LIMIT,
    Kind,
    is_vendor_certificate,
    recognise,
)

__all__ = [
    "CERTIFICATES",
    "SECRET",
    "TOPIC_PREFIX",
    "UPLOAD_LIMIT",
    "Kind",
    "certificate_der",
    "csr_der",
    "is_vendor_certificate",
    "recognise",
    "refuse",
]

_EXPOSED = "It was refused and nothing of it was kept, but it has left your computer:"
_NEW_KEY = "make a new key and CSR, and do not use this one again."

# What the file is: the same sentence in every place.
_FOUND = {
    Kind.EMPTY: "The file is empty.",
    Kind.TOO_LARGE: "The file is larger than 64 KB, the limit here.",
    Kind.PRIVATE_KEY: f"This is a private key. {_EXPOSED} consider it exposed, {_NEW_KEY}",
    Kind.ENCRYPTED_PRIVATE_KEY: f"This is an encrypted private key. {_EXPOSED} "
    f"unless its passphrase is long and known to nobody else, consider it exposed, {_NEW_KEY}",
    Kind.PKCS12: "This is a PKCS#12 file (.p12 or .pfx), which holds a private key beside the "
    f"certificate. {_EXPOSED} unless its passphrase is long and known to nobody else, "
    f"consider the key exposed, {_NEW_KEY}",
    Kind.PKCS7: "This is a PKCS#7 file (.p7b), a container for several certificates.",
    Kind.PUBLIC_KEY: "This is a public key alone.",
    Kind.CSR: "This is a CSR.",
    Kind.SEVERAL_CSRS: "The file holds several CSRs.",
    Kind.PUSH_REQUEST: "This is a signed request, the file for Apple's portal.",
    Kind.PUSH_CERTIFICATE: "This is an MDM push certificate.",
    Kind.VENDOR_CERTIFICATE: "This is an MDM vendor's certificate, with which requests are signed.",
    Kind.CA_CERTIFICATE: "This is the certificate of a certificate authority.",
    Kind.OTHER_CERTIFICATE: "This is a certificate, but no MDM push certificate: its subject has "
    f"no User ID that begins with {TOPIC_PREFIX}",
    Kind.SEVERAL_CERTIFICATES: "The file holds several certificates.",
    Kind.MIXED: "The file holds several things of different kinds.",
    Kind.ZIP: "This is a ZIP archive.",
    Kind.HTML: "This is a web page, perhaps an error or sign-in page saved in place of the file.",
    Kind.DAMAGED_PEM: "This looks like PEM, but it is damaged: a BEGIN or END line is missing, "
    "or the text between them was changed.",
    Kind.TEXT: "This is text, but no PEM: it has no BEGIN and END lines.",
    Kind.UNKNOWN: "The file is of no kind that is known here; it may be damaged.",
}

_CSR_WANTED = "Upload the CSR that your MDM server made, as PEM or DER."
_FOR_CSR = {
    Kind.TOO_LARGE: "A CSR has about 2 KB. Check that you chose the right file.",
    Kind.SEVERAL_CSRS: "Upload one CSR at a time, each for its own push certificate.",
    Kind.PUSH_REQUEST: "It is already signed: upload it at Apple's portal. Upload here only the "
    "CSR that your MDM server made.",
    Kind.PUSH_CERTIFICATE: "It belongs on the page of the CSR it was made from. Upload here the "
    "CSR that your MDM server made.",
    Kind.VENDOR_CERTIFICATE: "It is the vendor's and no customer needs it. " + _CSR_WANTED,
    Kind.OTHER_CERTIFICATE: "A certificate is no request for one. " + _CSR_WANTED,
    Kind.PUBLIC_KEY: "A CSR holds the public key and who asks for it. " + _CSR_WANTED,
    Kind.ZIP: "Unpack it and upload the CSR that is in it.",
    Kind.DAMAGED_PEM: "Send it as a file, not as copied text, or let your MDM server make the "
    "CSR again.",
}

_CERTIFICATE_WANTED = (
    "Upload the certificate that you downloaded from Apple's portal (MDM_…_Certificate.pem)."
)
_FOR_CERTIFICATE = {
    Kind.TOO_LARGE: "A push certificate has about 2 KB. Check that you chose the right file.",
    Kind.CSR: "The certificate is what Apple's portal gives you for it. " + _CERTIFICATE_WANTED,
    Kind.PUSH_REQUEST: "Upload it at Apple's portal first. Then "
    "upload here the certificate that you get there.",
    Kind.VENDOR_CERTIFICATE: "It is not the one that Apple made for you. " + _CERTIFICATE_WANTED,
    Kind.CA_CERTIFICATE: "It only vouches for others. " + _CERTIFICATE_WANTED,
    Kind.SEVERAL_CERTIFICATES: "Upload only your push certificate, the file as it came from "
    "Apple's portal (MDM_…_Certificate.pem).",
    Kind.ZIP: "Unpack it and upload the certificate that is in it.",
    Kind.DAMAGED_PEM: "Download the certificate from Apple's portal again and upload that file "
    "as it is.",
    Kind.HTML: "Sign in at Apple's portal again, download the certificate, and upload that file.",
}

_REQUEST_WANTED = "Give the signed request: the file that the vendor made for Apple's portal."
_FOR_REQUEST = {
    Kind.CSR: "Apple takes it only when the vendor has signed it. " + _REQUEST_WANTED,
}


def csr_der(data: bytes) -> bytes:
    """The DER of the one CSR in an upload. Raises an InvalidUpload that says what it is."""
    kind = recognise(data)
    if kind is not Kind.CSR:
        refuse(kind, advice=_FOR_CSR.get(kind, _CSR_WANTED))
    return recognition.payload(data)


def certificate_der(data: bytes) -> bytes:
    """The DER of the one push certificate in an upload. Raises an InvalidUpload otherwise."""
    kind = recognise(data)
    if kind is not Kind.PUSH_CERTIFICATE:
        refuse(kind, advice=_FOR_CERTIFICATE.get(kind, _CERTIFICATE_WANTED))
    return recognition.payload(data)


def push_request(data: bytes) -> bytes:
    """`data` unchanged if it is a signed request. Raises an InvalidUpload for anything else."""
    kind = recognise(data)
    if kind is not Kind.PUSH_REQUEST:
        refuse(kind, advice=_FOR_REQUEST.get(kind, _REQUEST_WANTED))
    return data


def refuse(kind: Kind, *, advice: str) -> NoReturn:
    """Raise the InvalidUpload for this kind: what it is, then what to do instead."""
    if kind in SECRET:
        # No advice on what to upload: first things first.
        raise errors.PrivateKeyUploaded(_FOUND[kind])
    error = {Kind.EMPTY: errors.EmptyUpload, Kind.TOO_LARGE: errors.UploadTooLarge}.get(
        kind, errors.WrongKind
    )
    raise error(f"{_FOUND[kind]} {advice}")
