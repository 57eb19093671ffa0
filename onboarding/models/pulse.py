"""When a process was last seen at work, so that staff know whether somebody is there."""

from django.db import models


class Pulse(models.Model):
    """A row and not an entry of the cache: what the cache holds is unpickled by who reads it,
    and whoever can write to the database could run code in the worker."""

    class Process(models.TextChoices):
        WORKER = "worker", "Worker"
        SIGNER = "signer", "Signer"
        BEAT = "beat", "Beat"

    process = models.CharField(primary_key=True, max_length=10, choices=Process)
    seen_at = models.DateTimeField("last seen")
    # What it met when it looked around, for staff; empty while all is well.
    trouble = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(process__in=["worker", "signer", "beat"]),
                name="pulse_process_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_process_display()}, seen {self.seen_at:%Y-%m-%d %H:%M:%S}"
