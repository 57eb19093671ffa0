"""A staff member's yes to a CSR; as many as are demanded make it approved."""

from django.conf import settings
from django.db import models

from onboarding.models.csr import CSR


class Approval(models.Model):
    csr = models.ForeignKey(CSR, models.PROTECT, related_name="approvals")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="approvals")
    given_at = models.DateTimeField()
    # SHA-256 of what was approved (`onboarding.seen`): for other content it does not count.
    content = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(fields=["csr", "staff"], name="one_approval_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.staff} approved {self.csr}"
