"""What was told of a certificate's end, and on which days it was looked for what is due."""

from django.db import models

from onboarding.models.push_certificate import PushCertificate


class Reminder(models.Model):
    """One told reminder; its mails are owed in the same transaction."""

    push_certificate = models.ForeignKey(PushCertificate, models.PROTECT, related_name="reminders")
    # Days before the end: 0 on its day, -7, -14, … in the weeks after it.
    threshold = models.SmallIntegerField("days before the end")
    at = models.DateTimeField("told")

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["-at", "-id"], name="reminders_newest_first")]
        constraints = [
            models.UniqueConstraint(
                fields=["push_certificate", "threshold"],
                name="one_reminder_per_certificate_and_threshold",
            )
        ]

    def __str__(self) -> str:
        days = f"{self.threshold} day{'' if abs(self.threshold) == 1 else 's'}"
        return f"{days} before the end of {self.push_certificate}"


class ReminderDay(models.Model):
    """A day (UTC) whose reminders are all owed: the sweep asks again while it is missing."""

    day = models.DateField(primary_key=True)
    finished_at = models.DateTimeField()
    reminded = models.PositiveIntegerField("certificates reminded of")

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.reminded}"
