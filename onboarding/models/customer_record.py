"""What staff keep with a customer: notes, which nobody edits, and files as they came."""

from django.conf import settings
from django.db import models

from onboarding.models.customer import Customer


class Note(models.Model):
    """For staff's eyes alone."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notes")
    # As it was then: people marry, and accounts are renamed.
    author_name = models.CharField("by", max_length=200)
    written_at = models.DateTimeField("written")
    text = models.TextField()

    class Meta:
        ordering = ["-written_at", "-id"]
        indexes = [models.Index(fields=["customer", "-written_at"], name="notes_of_a_customer")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="note_says_something")
        ]

    def __str__(self) -> str:
        return f"Note of {self.written_at:%Y-%m-%d %H:%M} by {self.author_name}"


class Attachment(models.Model):
    """A file that staff keep with a customer: a contract, a form, a mail."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="attachments")
    # What it was called; never used as a path.
    name = models.CharField(max_length=200)
    what = models.CharField("what it is", max_length=200, blank=True)
    # The name in file storage.
    file = models.CharField(max_length=200, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField("bytes")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="attachments"
    )
    added_at = models.DateTimeField("added")

    class Meta:
        ordering = ["-added_at", "-id"]
        indexes = [models.Index(fields=["customer", "-added_at"], name="files_of_a_customer")]

    def __str__(self) -> str:
        return self.name
