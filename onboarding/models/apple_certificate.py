"""Apple's intermediates that an operator added, beside those in the package."""

from django.db import models


class AppleCertificate(models.Model):
    """Kept here and not as a file, so that every web process on every machine knows it at once."""

    fingerprint_sha256 = models.CharField(primary_key=True, max_length=64)
    subject = models.CharField(max_length=255)
    not_after = models.DateTimeField("valid until")
    der = models.BinaryField(editable=False)
    added_at = models.DateTimeField("added")

    class Meta:
        verbose_name = "Apple CA certificate"
        ordering = ["subject", "not_after"]

    def __str__(self) -> str:
        return self.subject
