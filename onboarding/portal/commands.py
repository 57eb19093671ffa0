"""The lines that a person pastes into a shell, about one certificate: made here, run by the tests.

`push.pem` is the certificate alone and `push.key` its key, as PKCS#1 and without a passphrase: of
what MDM servers take, the form that all of them read. OpenSSL 1.1.1 and LibreSSL know -nodes alone,
which OpenSSL 3 calls -noenc and takes, too.
"""

from dataclasses import dataclass

from onboarding.models import PushCertificate
from onboarding.portal import downloads

# An address that no device has: Apple judges the certificate before it looks for the device.
NOBODY = "0" * 64


@dataclass(frozen=True, slots=True)
class Commands:
    """Each is a text of one or more lines. `topic` comes from Apple, and is not trusted either."""

    certificate: str
    pem: str
    pkcs12: str
    topic: str

    @classmethod
    def about(cls, row: PushCertificate) -> "Commands":
        return cls(
            certificate=downloads.certificate_name(row),
            pem=downloads.bundle_name(row, suffix="pem"),
            pkcs12=downloads.bundle_name(row, suffix="p12"),
            topic="".join(sign for sign in row.topic if sign.isalnum() or sign in ".-_"),
        )

    def from_pem(self) -> str:
        return (
            "umask 077\n"
            f"openssl x509 -in {self.pem} -out push.pem\n"
            f"openssl pkey -in {self.pem} -traditional -out push.key"
        )

    def from_pkcs12(self) -> str:
        return (
            "umask 077\n"
            f"openssl pkcs12 -in {self.pkcs12} -clcerts -nokeys | openssl x509 -out push.pem\n"
            f"openssl pkcs12 -in {self.pkcs12} -nocerts -nodes |"
            " openssl pkey -traditional -out push.key"
        )

    def from_download(self) -> str:
        return f"openssl x509 -in {self.certificate} -out push.pem"

    def compare(self) -> str:
        """Two equal lines if certificate and key belong together."""
        return (
            "openssl x509 -in push.pem -noout -pubkey | openssl sha256\n"
            "openssl rsa -in push.key -pubout | openssl sha256"
        )

    def read(self) -> str:
        return "openssl x509 -in push.pem -noout -subject -serial -enddate"

    def ask_apple(self) -> str:
        return (
            "curl --http2 --cert push.pem --key push.key \\\n"
            f"  -H 'apns-topic: {self.topic}' -H 'apns-push-type: mdm' \\\n"
            "  --data '{\"mdm\":\"test\"}' -w '\\n%{http_code}\\n' \\\n"
            f"  https://api.push.apple.com/3/device/{NOBODY}"
        )

    def nanomdm(self) -> str:
        return "cat push.pem push.key |\n  curl -u nanomdm -T - https://mdm.example.com/v1/pushcert"

    def nanomdm_look(self) -> str:
        return f"curl -u nanomdm 'https://mdm.example.com/v1/pushcert?topic={self.topic}'"

    def nanohub(self) -> str:
        return (
            "cat push.pem push.key |\n"
            "  curl -u nanohub -T - https://mdm.example.com/api/v1/nanomdm/pushcert"
        )

    def micromdm(self) -> str:
        return (
            'printf \'{"cert":"%s","key":"%s"}\' "$(openssl base64 -A -in push.pem)" \\\n'
            '    "$(openssl base64 -A -in push.key)" |\n'
            "  curl -u micromdm -X PUT -H 'Content-Type: application/json' --data-binary @- \\\n"
            "    https://mdm.example.com/v1/config/certificate"
        )

    def tidy(self) -> str:
        return "rm push.key"
