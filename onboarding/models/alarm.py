"""Something that staff have to look at: raised once, open until it is cleared, never forgotten."""

from django.db import models
from django.db.models import Q


class AlarmQuerySet(models.QuerySet["Alarm"]):
    def open(self) -> "AlarmQuerySet":
        return self.filter(cleared_at__isnull=True)


class Alarm(models.Model):
    class Kind(models.TextChoices):
        IDENTITY_UNFIT = "identity_unfit", "Nothing can be signed"
        CAP_REACHED = "cap_reached", "Daily cap reached"
        VENDOR_CERTIFICATE_ENDING = "vendor_ending", "Vendor certificate ends"
        STUCK = "stuck", "Waits too long"
        STORE_DIFFERS = "store_differs", "Files and database differ"
        TRAIL = "trail", "Audit trail"
        UNREACHED = "unreached", "Nobody is told of an end"
        UNANSWERED = "unanswered", "Sign-in at Apple not answered"
        ACCOUNT_LOST = "account_lost", "Nobody can sign in at Apple"
        MAIL_REFUSED = "mail_refused", "Mail is refused"

    kind = models.CharField(max_length=20, choices=Kind)
    # Which one of its kind: a signer's name, a fingerprint, a state. Empty where there is but one.
    about = models.CharField(max_length=200, blank=True)
    # What was found and what to do, for staff; never a secret.
    sentence = models.TextField()
    raised_at = models.DateTimeField("since")
    cleared_at = models.DateTimeField("cleared", null=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-id"]
        permissions = [("close_alarm", "Can close alarms by hand")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "identity_unfit",
                        "cap_reached",
                        "vendor_ending",
                        "stuck",
                        "store_differs",
                        "trail",
                        "unreached",
                        "unanswered",
                        "account_lost",
                        "mail_refused",
                    ]
                ),
                name="alarm_kind_is_known",
            ),
            models.UniqueConstraint(
                fields=["kind", "about"],
                condition=Q(cleared_at__isnull=True),
                name="one_open_alarm_per_matter",
            ),
        ]

    def __str__(self) -> str:
        kind = self.get_kind_display()
        return f"{kind} ({self.about})" if self.about else kind
