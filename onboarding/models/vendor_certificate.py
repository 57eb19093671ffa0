"""The public half of a signing identity, announced by the signer that holds the other half."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import models
from django.utils import timezone

_NOTED_EVERY = timedelta(minutes=1)


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
    # When a signer last would have signed with it, to a minute.
    used_at = models.DateTimeField("last in use", default=timezone.now)

    objects = VendorCertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-not_after", "id"]
        permissions = [("manage_identities", "Can manage signing identities")]

    def __str__(self) -> str:
        return self.subject

    def note_in_use(self, *, now: datetime) -> None:
        """A signer would sign with it now. Written at most once a minute."""
        if now - self.used_at > _NOTED_EVERY:
            self.used_at = now
            self.save(update_fields=["used_at"])

    def is_current(self, now: datetime) -> bool:
        return self.not_before <= now < self.not_after
