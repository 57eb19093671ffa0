"""What was done, by whom, when: written with the change itself, never changed afterwards."""

from typing import Never

from django.conf import settings
from django.db import models
from django.db.models import Q

from onboarding.models.csr import CSR
from onboarding.models.customer import Customer
from onboarding.models.push_certificate import PushCertificate
from onboarding.models.vendor_certificate import VendorCertificate

# The fact `signer` of a signature that a person carried in; any other names a running signer.
AIR_GAPPED = "air-gapped"


class EventQuerySet(models.QuerySet["Event"]):
    def signed_by_running_signers(self) -> "EventQuerySet":
        return self.filter(verb="record_signature").exclude(facts__signer=AIR_GAPPED)

    def update(self, **_: object) -> Never:
        raise TypeError("Events are never changed.")

    def delete(self) -> Never:
        raise TypeError("Events are never deleted.")


class Event(models.Model):
    """Triggers in the database refuse UPDATE and DELETE, whoever sends them."""

    at = models.DateTimeField()
    verb = models.CharField(max_length=40)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="events",
        db_index=False,
    )
    # As it was then: people marry, and accounts are renamed.
    actor_name = models.CharField("by", max_length=200)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="events", db_index=False
    )
    csr = models.ForeignKey(CSR, models.PROTECT, null=True, related_name="events", db_index=False)
    push_certificate = models.ForeignKey(
        PushCertificate, models.PROTECT, null=True, related_name="events", db_index=False
    )
    vendor_certificate = models.ForeignKey(
        VendorCertificate, models.PROTECT, null=True, related_name="events", db_index=False
    )
    # Public facts only: fingerprints, reasons, states. Never a key, passphrase or token.
    facts = models.JSONField(default=dict)
    # From where, if it came through a page. NULL, for SQLite would copy the whole table to add a
    # column with a default, and lose the triggers on the way.
    address = models.CharField(max_length=45, null=True)  # noqa: DJ001
    user_agent = models.CharField(max_length=200, null=True)  # noqa: DJ001

    # Columns whose values cannot be read, where that was looked for.
    unreadable: tuple[str, ...] = ()

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        permissions = [("read_audit", "Can export the trail and see its verifications")]
        # Every verb pays for each of them: an Event stands only in those that can find it, and
        # nobody looks for the Events of a vendor certificate.
        indexes = [
            models.Index(fields=["at", "id"], name="events_by_time"),
            models.Index(
                fields=["actor", "at", "id"],
                condition=Q(actor__isnull=False),
                name="events_by_actor",
            ),
            models.Index(
                fields=["customer", "at", "id"],
                condition=Q(customer__isnull=False),
                name="events_by_customer",
            ),
            models.Index(fields=["csr"], condition=Q(csr__isnull=False), name="events_by_csr"),
            models.Index(
                fields=["push_certificate"],
                condition=Q(push_certificate__isnull=False),
                name="events_by_push_certificate",
            ),
            models.Index(fields=["verb", "at", "id"], name="events_by_verb"),
            models.Index(
                fields=["address", "at"],
                condition=Q(address__isnull=False),
                name="events_by_address",
            ),
        ]

    def __str__(self) -> str:
        # SQLite gives nothing for what is no time.
        at = f"{self.at:%Y-%m-%d %H:%M}" if self.at else "?"
        return f"{at} {self.verb} by {self.actor_name}"
