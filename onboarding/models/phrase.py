"""A reason or a question that staff write often, kept so that nobody types it anew."""

from django.db import models


class Phrase(models.Model):
    title = models.CharField(max_length=60, unique=True, help_text="What its button says.")
    text = models.TextField(
        max_length=2000, help_text="The customer reads it: say what to do differently."
    )

    class Meta:
        verbose_name = "kept phrase"
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title
