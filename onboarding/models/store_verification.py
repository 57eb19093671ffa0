"""A comparison of database and file storage, from its start to its report."""

from django.db import models

# What `checked` counts beside the parts: what was not checked, and what holds only as of its time.
UNCHECKED = "not checked"
PAST = "as of their time"


class StoreVerification(models.Model):
    started_at = models.DateTimeField("started")
    finished_at = models.DateTimeField("finished", null=True)
    # Where it goes on after each page; the words are those of `onboarding.store`.
    part = models.CharField(max_length=40, blank=True)
    # Any name that others may have given to a file.
    after = models.TextField(blank=True)
    # How many of each part were looked at, by the part's name.
    checked = models.JSONField(default=dict)
    # At most a few hundred sentences; the number of all is `differences`.
    findings = models.JSONField(default=list)
    differences = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"Store verification of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def unchecked(self) -> int:
        return int(self.checked.get(UNCHECKED, 0))


def counted(differences: int) -> str:
    """The number in words, as the command, alarms and the admin say it."""
    return "1 difference" if differences == 1 else f"{differences:,} differences"
