"""A verification of the chain of Events, from its start to its report."""

from typing import Any

from django.db import models


class AuditVerification(models.Model):
    started_at = models.DateTimeField("started")
    finished_at = models.DateTimeField("finished", null=True)
    # How far it came: the number of the last seal that was looked at, and what goes on from there.
    after = models.BigIntegerField(default=0)
    progress = models.JSONField(default=dict)
    # At most a few hundred, each as an object; the number of all is `found`.
    findings = models.JSONField(default=list)
    found = models.PositiveIntegerField(default=0)
    heads = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"Audit verification of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def first(self) -> str:
        """The first finding's sentence. Any: JSON."""
        findings: list[Any] = self.findings
        return str(findings[0]["sentence"]) if findings else ""
