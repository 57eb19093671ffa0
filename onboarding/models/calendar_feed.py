"""A calendar with the ends of a customer's certificates, for whoever knows its address."""

from django.conf import settings
from django.db import models

from onboarding.models.customer import Customer


class CalendarFeed(models.Model):
    """Of the address only the SHA-256 is kept: a copy of the database opens no calendar. So it is
    shown once, and who lost it makes a new one."""

    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="calendar_feed"
    )
    secret_sha256 = models.CharField(max_length=64, unique=True)
    # What its events are written in.
    language = models.CharField(max_length=10, blank=True, db_default="")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"Calendar of {self.customer}"
