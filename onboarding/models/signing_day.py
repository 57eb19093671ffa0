"""How much a signer signed in a day, counted with the signatures themselves, for its cap."""

from django.db import models


class SigningDay(models.Model):
    signer = models.CharField(max_length=100)
    # In UTC.
    day = models.DateField()
    signed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["signer", "day"], name="one_count_per_signer_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.signer} signed {self.signed} on {self.day}"
