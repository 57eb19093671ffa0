"""A mail that the flow owes: written with the change that owes it, sent by the worker."""

from django.db import models

from onboarding.models.csr import CSR


class MailQuerySet(models.QuerySet["Mail"]):
    def unsent(self) -> "MailQuerySet":
        return self.filter(sent_at__isnull=True)


class Mail(models.Model):
    class Kind(models.TextChoices):
        WAITING = "waiting", "Waiting for approval"
        REJECTED = "rejected", "Rejected"
        READY = "ready", "Ready for Apple"
        ACTIVE = "active", "Certificate active"

    kind = models.CharField(max_length=10, choices=Kind)
    csr = models.ForeignKey(CSR, models.PROTECT, related_name="mails")
    recipient = models.EmailField()
    queued_at = models.DateTimeField()
    # Set before sending, so that two workers do not send the same mail; let go after a while.
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["queued_at", "id"]
        indexes = [
            models.Index(
                fields=["queued_at"],
                condition=models.Q(sent_at__isnull=True),
                name="mails_not_yet_sent",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "csr", "recipient"], name="one_mail_per_occasion_and_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.recipient}"
