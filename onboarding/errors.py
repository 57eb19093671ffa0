"""The tree of errors: each with a stable code and a sentence that a customer may read."""

from datetime import datetime


def gettext_noop(message: str) -> str:
    """`message` as it is, marked for the catalogues: here nothing may know of Django."""
    return message


class Text:
    """What stands for a text in a sentence: English as a string, told with it in its language."""

    def __init__(self, message: str, /, **values: object) -> None:
        self.message, self.values = message, values

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


class PortalError(Exception):
    """A refusal: `code` for machines, the message for people.

    `message` is the English sentence, with `%(name)s` for each of the `values`: so a door can say
    it in the reader's language (`onboarding.language.told`), with the values that are a `Text` or
    an error, and a moment as its day. `sentence` is the whole in English, for logs and commands.
    """

    code = "error"

    def __init__(self, message: str, /, **values: object) -> None:
        self.message, self.values = message, values
        plain = {name: _plain(value) for name, value in values.items()}
        self.sentence = message % plain if values else message
        super().__init__(self.sentence)


def _plain(value: object) -> object:
    return f"{value.day} {value:%B %Y}" if isinstance(value, datetime) else value


class InvalidNumber(PortalError):
    """A number or a date is outside of what makes sense here."""

    code = "invalid_number"


class InvalidUpload(PortalError):
    """The bytes are not what this place takes: empty, too large, another kind."""

    code = "invalid_upload"


class EmptyUpload(InvalidUpload):
    code = "empty_upload"


class UploadTooLarge(InvalidUpload):
    code = "upload_too_large"


class WrongKind(InvalidUpload):
    """Something recognisable, but not what is expected here."""

    code = "wrong_kind"


class PrivateKeyUploaded(InvalidUpload):
    """A private key was uploaded: it is not kept, and its owner is told to think it exposed."""

    code = "private_key_uploaded"


class InvalidCSR(PortalError):
    """The CSR cannot be read, or its own signature is broken."""

    code = "invalid_csr"


class UnfitKey(InvalidCSR):
    """The key of the CSR is of a kind or size that Apple does not take, or is weak."""

    code = "unfit_key"


class KeyReused(InvalidCSR):
    """The key of the CSR was seen before where it may not be used again."""

    code = "key_reused"


class InvalidChain(PortalError):
    """The chain is out of order, incomplete, expired, or does not end at the pinned root."""

    code = "invalid_chain"


class InvalidPushRequest(PortalError):
    """The signed request is malformed, or its parts do not fit each other."""

    code = "invalid_push_request"


class InvalidPushCertificate(PortalError):
    """The certificate is no MDM push certificate that this customer could use."""

    code = "invalid_push_certificate"


class KeyMismatch(InvalidPushCertificate):
    """The certificate was made for another key than this CSR's."""

    code = "key_mismatch"


class UnknownIssuer(InvalidPushCertificate):
    """No known Apple intermediate issued the certificate."""

    code = "unknown_issuer"


class CertificateExpired(InvalidPushCertificate):
    code = "certificate_expired"


class CertificateNotYetValid(InvalidPushCertificate):
    code = "certificate_not_yet_valid"


class TopicMismatch(InvalidPushCertificate):
    """A renewal came back with another topic: it was created, not renewed."""

    code = "topic_mismatch"


class WrongRow(InvalidPushCertificate):
    """A renewal came back with the topic of another certificate of the same customer."""

    code = "wrong_row"


class TopicTaken(InvalidPushCertificate):
    """The topic belongs to another customer."""

    code = "topic_taken"


class InvalidImport(PortalError):
    """The CSV or the ZIP of an import cannot be read as a whole."""

    code = "invalid_import"


class InvalidIdentity(PortalError):
    """The signing identity cannot sign: wrong key, passphrase, chain or dates."""

    code = "invalid_identity"


class InvalidSigningFile(PortalError):
    """The file is no export or no results of the air-gapped signer, or it is torn."""

    code = "invalid_signing_file"


class InvalidResult(PortalError):
    """What the air-gapped signer is said to have made does not fit the CSR that is kept here."""

    code = "invalid_result"


class InvalidSeal(PortalError):
    """A sealed key cannot be opened with this custody key for this CSR."""

    code = "invalid_seal"


class InvalidBundle(PortalError):
    """A file made for export does not hold what was put into it."""

    code = "invalid_bundle"


class KeyGone(PortalError):
    """There is no push key here: made elsewhere, or deleted."""

    code = "key_gone"


class ExportGone(PortalError):
    """The exported file was offered once, for an hour, and that is over."""

    code = "export_gone"


class StillThere(PortalError):
    """A file that had to go is still in storage."""

    code = "still_there"


class DamagedRecord(PortalError):
    """What was kept differs from its recorded SHA-256."""

    code = "damaged_record"


class StorageUnavailable(PortalError):
    """File storage is full, read-only, slow or away; the same again may work in a while."""

    code = "storage_unavailable"


class InvalidContact(PortalError):
    """The address cannot be a contact here: it is one already, or there are too many."""

    code = "invalid_contact"


class NotAllowed(PortalError):
    """This person may not do this."""

    code = "not_allowed"


class WrongState(PortalError):
    """The CSR or certificate has moved on; the verb does not fit its state any more."""

    code = "wrong_state"


class Changed(WrongState):
    """What is decided about is another by now than what was shown."""

    code = "changed"


class MissingReason(PortalError):
    """A decision that the customer reads needs its reason."""

    code = "missing_reason"


class InvitationGone(PortalError):
    """The invitation was used, withdrawn or sent anew, or its week is over."""

    code = "invitation_gone"


class AlreadyThere(PortalError):
    """The person is a member, or is invited already."""

    code = "already_there"


class AlreadyUnderWay(PortalError):
    """The customer has a CSR for a new certificate that whoever asks for another has not seen."""

    code = "already_under_way"


class LastAdmin(PortalError):
    """Without this person nobody could act for the customer."""

    code = "last_admin"


class AnotherPerson(NotAllowed):
    """The invitation is for another address than that of who signed in."""

    code = "another_person"


class InvalidHead(PortalError):
    """What should be a signed head of the audit trail is none, or was signed by nobody known."""

    code = "invalid_head"


class InvalidAuditKey(PortalError):
    """AUDIT_KEY or AUDIT_PUBLIC_KEY is missing, or is no such key."""

    code = "invalid_audit_key"
