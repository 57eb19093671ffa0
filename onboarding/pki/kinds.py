"""The kinds of upload, the one DER that a place takes, and a sentence for everything it refuses."""

from typing import NoReturn

from onboarding import errors
from onboarding.errors import gettext_noop
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

# What the file is: the same sentence in every place.
_FOUND = {
    Kind.EMPTY: gettext_noop("The file is empty, or holds nothing but white space."),
    Kind.ZEROS: gettext_noop(
        "The file holds nothing but zero bytes: it was perhaps not copied or downloaded to its end."
    ),
    Kind.TOO_LARGE: gettext_noop("The file is larger than 64 KB, the limit here."),
    Kind.PRIVATE_KEY: gettext_noop(
        "This is a private key. It was refused and nothing of it was kept, but it has left your"
        " computer: consider it exposed, make a new key and CSR, and do not use this one again."
    ),
    Kind.ENCRYPTED_PRIVATE_KEY: gettext_noop(
        "This is an encrypted private key. It was refused and nothing of it was kept, but it has"
        " left your computer: unless its passphrase is long and known to nobody else, consider it"
        " exposed, make a new key and CSR, and do not use this one again."
    ),
    Kind.PKCS12: gettext_noop(
        "This is a PKCS#12 file (.p12 or .pfx), which as a rule holds a private key beside the"
        " certificate. It was refused and nothing of it was kept, but it has left your computer:"
        " if it has a key, and unless its passphrase is long and known to nobody else, consider"
        " the key exposed, make a new key and CSR, and do not use this one again."
    ),
    Kind.ZIP_WITH_KEY: gettext_noop(
        "This is a ZIP archive with a private key in it. It was refused and nothing of it was"
        " kept, but it has left your computer: consider it exposed, make a new key and CSR, and do"
        " not use this one again."
    ),
    Kind.PKCS7: gettext_noop("This is a PKCS#7 file (.p7b), a container for several certificates."),
    Kind.PUBLIC_KEY: gettext_noop("This is a public key alone."),
    Kind.CSR: gettext_noop("This is a CSR."),
    Kind.SEVERAL_CSRS: gettext_noop("The file holds several CSRs."),
    Kind.PUSH_REQUEST: gettext_noop("This is a signed request, the file for Apple's portal."),
    Kind.PUSH_CERTIFICATE: gettext_noop("This is an MDM push certificate."),
    Kind.VENDOR_CERTIFICATE: gettext_noop(
        "This is an MDM vendor's certificate, with which requests are signed."
    ),
    Kind.CA_CERTIFICATE: gettext_noop("This is the certificate of a certificate authority."),
    Kind.OTHER_CERTIFICATE: gettext_noop(
        "This is a certificate, but no MDM push certificate: its subject has no User ID that"
        " begins with com.apple.mgmt."
    ),
    Kind.SEVERAL_CERTIFICATES: gettext_noop("The file holds several certificates."),
    Kind.MIXED: gettext_noop("The file holds several things of different kinds."),
    Kind.ZIP: gettext_noop("This is a ZIP archive."),
    Kind.HTML: gettext_noop(
        "This is a web page, perhaps an error or sign-in page saved in place of the file."
    ),
    Kind.PICTURE: gettext_noop("This is a picture, perhaps a screenshot."),
    Kind.PDF: gettext_noop("This is a PDF."),
    Kind.DAMAGED_PEM: gettext_noop(
        "This looks like PEM, but it is damaged: a BEGIN or END line is missing, or the text"
        " between them was changed."
    ),
    Kind.TEXT: gettext_noop("This is text, but no PEM: it has no BEGIN and END lines."),
    Kind.UNKNOWN: gettext_noop("The file is of no kind that is known here; it may be damaged."),
}
# `advice` is a whole sentence of its own.
_IN_ZIP = gettext_noop("This is a ZIP archive that holds: %(files)s. %(advice)s")
_NO_ZIP = gettext_noop(
    "This is a ZIP archive that is empty or damaged: no file in it can be read. %(advice)s"
)
_NAMED = 5
# What a file in an archive is, in brackets behind its name.
_INSIDE = {
    Kind.EMPTY: gettext_noop("empty"),
    Kind.ZEROS: gettext_noop("zero bytes alone"),
    Kind.PKCS7: gettext_noop("PKCS#7"),
    Kind.PUBLIC_KEY: gettext_noop("a public key"),
    Kind.CSR: gettext_noop("a CSR"),
    Kind.SEVERAL_CSRS: gettext_noop("several CSRs"),
    Kind.PUSH_REQUEST: gettext_noop("a signed request"),
    Kind.PUSH_CERTIFICATE: gettext_noop("a push certificate"),
    Kind.VENDOR_CERTIFICATE: gettext_noop("an MDM vendor’s certificate"),
    Kind.CA_CERTIFICATE: gettext_noop("the certificate of a certificate authority"),
    Kind.OTHER_CERTIFICATE: gettext_noop("a certificate, but none for MDM push"),
    Kind.SEVERAL_CERTIFICATES: gettext_noop("several certificates"),
    Kind.MIXED: gettext_noop("several things"),
    Kind.ZIP: gettext_noop("another ZIP archive"),
    Kind.HTML: gettext_noop("a web page"),
    Kind.PICTURE: gettext_noop("a picture"),
    Kind.PDF: gettext_noop("a PDF"),
    Kind.DAMAGED_PEM: gettext_noop("damaged PEM"),
    Kind.TEXT: gettext_noop("text"),
    Kind.UNKNOWN: gettext_noop("not known here"),
}

_CSR_WANTED = gettext_noop("Upload the CSR that your MDM server made, as PEM or DER.")
_FOR_CSR = {
    Kind.TOO_LARGE: gettext_noop("A CSR has about 2 KB. Check that you chose the right file."),
    Kind.SEVERAL_CSRS: gettext_noop("Upload one CSR at a time, each for its own push certificate."),
    Kind.PUSH_REQUEST: gettext_noop(
        "It is already signed: upload it at Apple's portal. Upload here only the CSR that your MDM"
        " server made."
    ),
    Kind.PUSH_CERTIFICATE: gettext_noop(
        "It belongs on the page of the CSR it was made from. Upload here the CSR that your MDM"
        " server made."
    ),
    Kind.VENDOR_CERTIFICATE: gettext_noop(
        "It is the vendor's and no customer needs it. Upload the CSR that your MDM server made, as"
        " PEM or DER."
    ),
    Kind.CA_CERTIFICATE: gettext_noop(
        "It only vouches for others. Upload the CSR that your MDM server made, as PEM or DER."
    ),
    Kind.OTHER_CERTIFICATE: gettext_noop(
        "A certificate is no request for one. Upload the CSR that your MDM server made, as PEM or"
        " DER."
    ),
    Kind.PUBLIC_KEY: gettext_noop(
        "A CSR holds the public key and who asks for it. Upload the CSR that your MDM server made,"
        " as PEM or DER."
    ),
    Kind.ZIP: gettext_noop(
        "No CSR was found in it. Upload the CSR that your MDM server made, as PEM or DER."
    ),
    Kind.DAMAGED_PEM: gettext_noop(
        "Send it as a file, not as copied text, or let your MDM server make the CSR again."
    ),
}

_UNPACK_CSR = gettext_noop("Unpack it and upload the CSR that is in it.")

_CERTIFICATE_WANTED = gettext_noop(
    "Upload the certificate that you downloaded from Apple's portal (MDM_…_Certificate.pem)."
)
_FOR_CERTIFICATE = {
    Kind.TOO_LARGE: gettext_noop(
        "A push certificate has about 2 KB. Check that you chose the right file."
    ),
    Kind.CSR: gettext_noop(
        "The certificate is what Apple's portal gives you for it. Upload the certificate that you"
        " downloaded from Apple's portal (MDM_…_Certificate.pem)."
    ),
    Kind.PUSH_REQUEST: gettext_noop(
        "Upload it at Apple's portal first. Then upload here the certificate that you get there."
    ),
    Kind.VENDOR_CERTIFICATE: gettext_noop(
        "It is not the one that Apple made for you. Upload the certificate that you downloaded"
        " from Apple's portal (MDM_…_Certificate.pem)."
    ),
    Kind.CA_CERTIFICATE: gettext_noop(
        "It only vouches for others. Upload the certificate that you downloaded from Apple's"
        " portal (MDM_…_Certificate.pem)."
    ),
    Kind.SEVERAL_CERTIFICATES: gettext_noop(
        "Upload only your push certificate, the file as it came from Apple's portal"
        " (MDM_…_Certificate.pem)."
    ),
    Kind.ZIP: gettext_noop(
        "No push certificate was found in it. Upload the certificate that you downloaded from"
        " Apple's portal (MDM_…_Certificate.pem)."
    ),
    Kind.DAMAGED_PEM: gettext_noop(
        "Download the certificate from Apple's portal again and upload that file as it is."
    ),
    Kind.HTML: gettext_noop(
        "Sign in at Apple's portal again, download the certificate, and upload that file."
    ),
}

_UNPACK_CERTIFICATE = gettext_noop("Unpack it and upload the push certificate that is in it.")

_REQUEST_WANTED = gettext_noop(
    "Give the signed request: the file that the vendor made for Apple's portal."
)
_FOR_REQUEST = {
    Kind.CSR: gettext_noop(
        "Apple takes it only when the vendor has signed it. Give the signed request: the file that"
        " the vendor made for Apple's portal."
    ),
}


def csr_der(data: bytes) -> bytes:
    """The DER of the one CSR in an upload. Raises an InvalidUpload that says what it is."""
    kind = recognise(data)
    if kind is not Kind.CSR:
        holds = kind is Kind.ZIP and _holds(data, Kind.CSR)
        refuse(kind, data, advice=_UNPACK_CSR if holds else _FOR_CSR.get(kind, _CSR_WANTED))
    return recognition.payload(data)


def certificate_der(data: bytes) -> bytes:
    """The DER of the one push certificate in an upload. Raises an InvalidUpload otherwise."""
    kind = recognise(data)
    if kind is not Kind.PUSH_CERTIFICATE:
        holds = kind is Kind.ZIP and _holds(data, Kind.PUSH_CERTIFICATE)
        advice = _FOR_CERTIFICATE.get(kind, _CERTIFICATE_WANTED)
        refuse(kind, data, advice=_UNPACK_CERTIFICATE if holds else advice)
    return recognition.payload(data)


def push_request(data: bytes) -> bytes:
    """`data` unchanged if it is a signed request. Raises an InvalidUpload for anything else."""
    kind = recognise(data)
    if kind is not Kind.PUSH_REQUEST:
        refuse(kind, data, advice=_FOR_REQUEST.get(kind, _REQUEST_WANTED))
    return data


def refuse(kind: Kind, data: bytes, *, advice: str) -> NoReturn:
    """Raise the InvalidUpload for this kind: what it is, then what to do instead."""
    if kind in SECRET:
        # No advice on what to upload: first things first.
        raise errors.PrivateKeyUploaded(_FOUND[kind])
    if kind is Kind.ZIP:
        files = recognition.inside(data)
        message = _IN_ZIP if files else _NO_ZIP
        raise errors.WrongKind(message, files=_listed(files), advice=errors.Text(advice))
    error = {Kind.EMPTY: errors.EmptyUpload, Kind.TOO_LARGE: errors.UploadTooLarge}.get(
        kind, errors.WrongKind
    )
    # Two whole sentences, each told in any language by itself.
    raise error("%(found)s %(advice)s", found=errors.Text(_FOUND[kind]), advice=errors.Text(advice))


def _holds(data: bytes, wanted: Kind) -> bool:
    return wanted in (kind for _, kind in recognition.inside(data))


def _listed(files: list[tuple[str, Kind]]) -> errors.Text:
    """The first of them, each with what it is: push.csr (a CSR), readme.txt (text)."""
    told = {
        f"file{number}": errors.Text(
            "%(name)s (%(kind)s)", name=name, kind=errors.Text(_INSIDE[kind])
        )
        for number, (name, kind) in enumerate(files[:_NAMED])
    }
    rest = ", …" if len(files) > _NAMED else ""
    return errors.Text(", ".join(f"%({key})s" for key in told) + rest, **told)
