"""Registers of what must never move: a key, once seen, and a topic stay with their customer."""

from django.db import models

from onboarding.models.customer import Customer


class SeenKey(models.Model):
    """A public key that was ever taken; without a customer it is the vendor's own."""

    public_key_sha256 = models.CharField(primary_key=True, max_length=64)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="seen_keys")

    def __str__(self) -> str:
        return self.public_key_sha256


class Topic(models.Model):
    """A topic that was ever activated, and whose it is."""

    name = models.CharField(primary_key=True, max_length=255)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="topics")

    def __str__(self) -> str:
        return self.name
