"""A comparison of database and file storage, from its start to its report."""

from django.db import models


class StoreVerification(models.Model):
    started_at = models.DateTimeField("started")
    finished_at = models.DateTimeField("finished", null=True)
    # Where it goes on after each page; the words are those of `onboarding.store`.
    part = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=200, blank=True)
    # How many of each part were looked at, by the part's name.
    checked = models.JSONField(default=dict)
    # At most a few hundred sentences; the number of all is `differences`.
    findings = models.JSONField(default=list)
    differences = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"Store verification of {self.started_at:%Y-%m-%d %H:%M}"
