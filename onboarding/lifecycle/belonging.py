"""What an upload is to its customer: of this CSR, of another of theirs, or of nobody they know.

Another customer's is told like one that nobody knows: whose it is must not be learnt by trying.
"""

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.models import CSR, Customer, PushCertificate, Topic
from onboarding.pki import csr as pki_csr
from onboarding.pki import kinds, push_request
from onboarding.pki import push_certificate as pki_push_certificate
from onboarding.pki.kinds import Kind


def certificate_der(csr: CSR, data: bytes) -> bytes:
    """The DER of the one push certificate in an upload for `csr`; what else it is, is told.

    Raises an InvalidUpload. One with `belongs_to` among its values names the customer's own CSR
    that the upload is of.
    """
    try:
        return kinds.certificate_der(data)
    except errors.WrongKind as error:
        raise (_instead_of_certificate(csr, data) or error) from None


def csr_der(customer: Customer, data: bytes) -> bytes:
    """The DER of the one CSR in an upload; raises an InvalidUpload as `certificate_der` does."""
    try:
        return kinds.csr_der(data)
    except errors.WrongKind as error:
        raise (_instead_of_csr(customer, data) or error) from None


def of_another_key(
    csr: CSR, certificate: pki_push_certificate.PushCertificate
) -> errors.KeyMismatch:
    """Why this certificate is none for `csr`, whose key it was not made for."""
    known = csr.customer.push_certificates.filter(
        fingerprint_sha256=certificate.fingerprint_sha256
    ).first()
    if known:
        return _known_certificate(csr, known)
    own = _of_key(csr.customer, certificate.public_key_sha256)
    if own:
        return errors.KeyMismatch(
            gettext_noop(
                "This certificate belongs to your CSR of %(day)s (%(number)s), not to this one."
                " Upload the certificate that Apple made from the signed request of this page."
            ),
            **_named(own),
        )
    if Topic.objects.filter(name=certificate.topic, customer=csr.customer).exists():
        return errors.KeyMismatch(
            gettext_noop(
                "This is an older certificate with your topic, valid until %(end)s: it was made for"
                " another key than this CSR's. At Apple, renew with the signed request of this"
                " page, and upload the certificate that you get then."
            ),
            end=certificate.not_after,
        )
    return errors.KeyMismatch(
        gettext_noop(
            "This certificate was made for another key, so it belongs to another CSR, perhaps of"
            " another organisation. At Apple, upload the signed request of this page, and bring the"
            " certificate that it gives you."
        )
    )


def _known_certificate(csr: CSR, known: PushCertificate) -> errors.KeyMismatch:
    if known.is_imported:
        return errors.KeyMismatch(
            gettext_noop(
                "This certificate of yours is here already (serial number %(serial)s, valid until"
                " %(end)s), and was made for another key than this CSR's. Upload the certificate"
                " that Apple made from the signed request of this page."
            ),
            serial=known.serial,
            end=known.not_after,
        )
    if known.pk == csr.renews_id:
        message = gettext_noop(
            "This is the certificate that is to be renewed (serial number %(serial)s, valid until"
            " %(end)s, of your CSR %(number)s), not the new one. At Apple, press Renew on its row"
            " with the signed request of this page, and upload the file that you get then."
        )
    elif known.state == PushCertificate.State.ACTIVE:
        message = gettext_noop(
            "This is another of your active certificates (serial number %(serial)s, valid until"
            " %(end)s), of your CSR %(number)s. It is here already. Upload the certificate that"
            " Apple made from the signed request of this page."
        )
    else:
        message = gettext_noop(
            "This is an older certificate of yours (serial number %(serial)s, valid until %(end)s),"
            " of your CSR %(number)s, and it is no longer in force. Upload the certificate that"
            " Apple made from the signed request of this page: the one that ends last."
        )
    return errors.KeyMismatch(
        message, serial=known.serial, end=known.not_after, **_named(known.csr)
    )


def _instead_of_certificate(csr: CSR, data: bytes) -> errors.WrongKind | None:
    kind = kinds.recognise(data)
    if kind not in {Kind.CSR, Kind.PUSH_REQUEST}:
        return None
    key = _key_of(kind, data)
    if key == csr.public_key_sha256:
        return _of_this_page(csr, kind)
    own = _of_key(csr.customer, key)
    if own is None:
        return _nobodys(kind)
    if kind is Kind.CSR:
        message = gettext_noop(
            "This is a CSR, another one of yours: that of %(day)s (%(number)s). A certificate is"
            " what Apple's portal gives you for the signed request of this page; upload that"
            " (MDM_…_Certificate.pem)."
        )
    else:
        message = gettext_noop(
            "This is a signed request, that of another of your CSRs: of %(day)s (%(number)s)."
            " Download the signed request of this page, upload it at Apple's portal, and then"
            " upload here the certificate that you get there."
        )
    return errors.WrongKind(message, **_named(own))


def _nobodys(kind: Kind) -> errors.WrongKind:
    """Of another customer or of nobody known, which must sound alike."""
    if kind is Kind.CSR:
        return errors.WrongKind(
            gettext_noop(
                "This is a CSR, but not the one of this page, and no certificate. Download the"
                " signed request of this page, upload that at Apple's portal, and then upload here"
                " the certificate that you get there (MDM_…_Certificate.pem)."
            )
        )
    return errors.WrongKind(
        gettext_noop(
            "This is a signed request, the file for Apple's portal, but not the one of this page."
            " Download the signed request of this page, upload that at Apple's portal, and then"
            " upload here the certificate that you get there (MDM_…_Certificate.pem)."
        )
    )


def _of_this_page(csr: CSR, kind: Kind) -> errors.WrongKind:
    if kind is Kind.CSR:
        message = gettext_noop(
            "This is a CSR, your own CSR of this page, and no certificate. Apple takes it only with"
            " the vendor's signature: download the signed request of this page, upload that at"
            " Apple's portal, and then upload here the certificate that you get there."
        )
    else:
        message = gettext_noop(
            "This is a signed request, the one of this page: the file for Apple's portal, not the"
            " one that comes back. Upload it at Apple's portal first. Then upload here the"
            " certificate that you get there (MDM_…_Certificate.pem)."
        )
    return errors.WrongKind(message, **_named(csr))


def _instead_of_csr(customer: Customer, data: bytes) -> errors.WrongKind | None:
    kind = kinds.recognise(data)
    if kind not in {Kind.PUSH_REQUEST, Kind.PUSH_CERTIFICATE}:
        return None
    own = _of_key(customer, _key_of(kind, data))
    if own is None:
        return None
    if kind is Kind.PUSH_REQUEST:
        message = gettext_noop(
            "This is a signed request, that of your CSR of %(day)s (%(number)s). It goes to Apple's"
            " portal. Upload here only a new CSR that your MDM server made."
        )
    else:
        message = gettext_noop(
            "This is an MDM push certificate, that of your CSR of %(day)s (%(number)s): it belongs"
            " on the page of that CSR. Upload here only a new CSR that your MDM server made."
        )
    return errors.WrongKind(message, **_named(own))


def _key_of(kind: Kind, data: bytes) -> str:
    """SHA-256 of the public key that an upload is about; empty when it cannot be read."""
    try:
        if kind is Kind.PUSH_CERTIFICATE:
            return pki_push_certificate.parse(data).public_key_sha256
        der = push_request.decode(data).csr_der if kind is Kind.PUSH_REQUEST else data
        return pki_csr.parse(der).public_key_sha256
    except errors.PortalError:
        return ""


def _of_key(customer: Customer, public_key_sha256: str) -> CSR | None:
    if not public_key_sha256:
        return None
    found = customer.csrs.filter(public_key_sha256=public_key_sha256)
    return found.order_by("-requested_at", "-id").first()


def _named(csr: CSR) -> dict[str, object]:
    return {"day": csr.requested_at, "number": str(csr.pk)[:8], "belongs_to": csr.pk}
