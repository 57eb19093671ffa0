"""What the stand-in refuses: Apple's sentence for the person, the reason for the developer."""


class Refused(Exception):
    """The upload or the act was refused; `title` and `sentence` are shown, `reason` explains."""

    title = "Request refused"

    def __init__(self, sentence: str, *, reason: str) -> None:
        super().__init__(f"{sentence} [{reason}]")
        self.sentence = sentence
        self.reason = reason


class InvalidRequest(Refused):
    """The file is not a signed request, or the CSR inside cannot be used."""

    title = "Invalid Certificate Signing Request"

    def __init__(self, reason: str) -> None:
        super().__init__(
            "Invalid Certificate Signing Request. "
            "Make sure that the file you upload is in the correct format and not empty.",
            reason=reason,
        )


class SignatureRefused(Refused):
    """The chain, or the vendor's signature over the CSR, does not hold."""

    title = "Certificate Signature Verification failed"

    def __init__(self, reason: str) -> None:
        super().__init__(
            "Certificate Signature Verification failed because the signature is invalid. (-80018)",
            reason=reason,
        )


class VendorExpired(Refused):
    """The vendor certificate has ended."""

    title = "Certificate Signature Verification failed"

    def __init__(self, reason: str) -> None:
        super().__init__(
            "Certificate Signature Verification failed because the signing certificate is expired.",
            reason=reason,
        )


class UnknownCertificate(Refused):
    """No certificate of that topic under this account: another account's is as good as none."""

    title = "Certificate not found"

    def __init__(self, reason: str) -> None:
        super().__init__("This Apple Account has no such certificate.", reason=reason)


class RevokedCertificate(Refused):
    """A revoked certificate cannot be renewed."""

    title = "Certificate revoked"

    def __init__(self, reason: str) -> None:
        super().__init__("A revoked certificate cannot be renewed.", reason=reason)
