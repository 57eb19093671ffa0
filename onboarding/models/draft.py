"""What a customer has chosen and typed on the way to a CSR: anybody of theirs can go on with it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from onboarding.models.csr import CSR
from onboarding.models.customer import Customer
from onboarding.models.push_certificate import PushCertificate


class DraftQuerySet(models.QuerySet["Draft"]):
    def towards(self, customer: Customer, renews: PushCertificate | None) -> "DraftQuerySet":
        """The draft of this customer for this renewal, or for a new certificate."""
        return self.filter(customer=customer, renews=renews)


class Draft(models.Model):
    """Kept until its CSR is asked for. Only what is public: a CSR as text, never a key."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="drafts")
    renews = models.ForeignKey(
        PushCertificate, models.CASCADE, related_name="drafts", null=True, blank=True
    )
    way = models.CharField(max_length=10, choices=CSR.Origin, blank=True)
    # As typed: judged when they are sent.
    apple_account = models.CharField(max_length=254, blank=True)
    second_contact = models.CharField(max_length=254, blank=True)
    email = models.CharField(max_length=255, blank=True)
    pasted = models.TextField(blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["renews"],
                condition=Q(renews__isnull=False),
                name="one_draft_per_renewal",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(renews__isnull=True),
                name="one_draft_of_a_new_certificate_per_customer",
            ),
            models.CheckConstraint(
                condition=Q(way__in=["", "made_here", "uploaded"]), name="draft_way_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Draft of {self.customer}"
