"""The public half of a signing identity, announced by the signer that holds the other half."""

from datetime import datetime
from uuid import uuid4

from django.db import models


class VendorCertificateQuerySet(models.QuerySet["VendorCertificate"]):
    def current(self, now: datetime) -> "VendorCertificateQuerySet":
        return self.filter(not_before__lte=now, not_after__gt=now)


class VendorCertificate(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.CharField(max_length=500)
    fingerprint_sha256 = models.CharField("fingerprint, SHA-256", max_length=64, unique=True)
    public_key_sha256 = models.CharField("public key, SHA-256", max_length=64)
    serial = models.CharField("serial number", max_length=64)
    not_before = models.DateTimeField("valid from")
    not_after = models.DateTimeField("valid until")
    # PEM, leaf first, root included: kept once here for all the CSRs signed under it.
    chain = models.TextField(editable=False)
    announced_at = models.DateTimeField("first announced")

    objects = VendorCertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-not_after", "id"]
        permissions = [("manage_identities", "Can manage signing identities")]

    def __str__(self) -> str:
        return self.subject

    def is_current(self, now: datetime) -> bool:
        return self.not_before <= now < self.not_after
