"""What Apple issued: it names the topic under which a customer's devices are woken."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from onboarding.models.csr import CSR
from onboarding.models.customer import Contact, Customer, Membership
from onboarding.models.user import User


class PushCertificateQuerySet(models.QuerySet["PushCertificate"]):
    def visible_to(self, user: User) -> "PushCertificateQuerySet":
        return self.filter(customer__memberships__user=user, customer__closed_at__isnull=True)

    def active(self) -> "PushCertificateQuerySet":
        return self.filter(state=PushCertificate.State.ACTIVE)

    def to_renew(self) -> "PushCertificateQuerySet":
        """The active ones, ended or not, but for those of closed customers."""
        # Closed ones are read from an index of their own; a join with the open ones reads all.
        closed = Customer.objects.filter(closed_at__isnull=False)
        return self.active().exclude(customer__in=closed)

    def by_end(self, *, after: tuple[datetime, UUID] | None = None) -> "PushCertificateQuerySet":
        """In the order of their ends; those behind the one with this end and number."""
        rows = self.order_by("not_after", "id")
        if after is None:
            return rows
        # By the index on (not_after, id): a page far behind costs as much as the first.
        end, pk = after
        return rows.filter(not_after__gte=end).exclude(not_after=end, id__lte=pk)

    def with_reader(self) -> "PushCertificateQuerySet":
        """Those of whose end somebody wants to be told; nobody of a closed customer does."""
        own = {"customer": OuterRef("customer")}
        return self.filter(customer__closed_at__isnull=True).filter(
            Exists(Membership.objects.wanting_reminders().filter(**own))
            | Exists(Contact.objects.wanting_reminders().filter(**own))
        )

    def read_among(self, pks: Collection[UUID]) -> set[UUID]:
        """Those of these that have a reader; asked of a page, it costs what the page costs."""
        found = self.with_reader().filter(pk__in=pks).order_by()
        return set(found.values_list("pk", flat=True))

    def imported(self) -> "PushCertificateQuerySet":
        """Made before their customer came here, so without a CSR."""
        return self.filter(csr__isnull=True)

    def telling_exports(self) -> "PushCertificateQuerySet":
        """Each with its CSR and `key_left`, so that `key_never_left` asks nothing more."""
        fetched = PushCertificate.objects.filter(exports__fetched_at__isnull=False)
        key_left = Exists(fetched.filter(pk=OuterRef("pk")).order_by())
        return self.select_related("csr").annotate(key_left=key_left)

    def with_old_ones(self) -> "PushCertificateQuerySet":
        """The same, and the one before each: what `is_key_lost` and `replaces` ask for a list."""
        before = PushCertificate.objects.telling_exports()
        return self.telling_exports().prefetch_related(Prefetch("predecessor", before))

    def current(self, now: datetime) -> "PushCertificateQuerySet":
        return self.active().filter(not_before__lte=now, not_after__gt=now)


class PushCertificate(models.Model):
    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUPERSEDED = "superseded", _("Superseded by a renewal")
        REVOKED = "revoked", _("Revoked")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="push_certificates")
    # NULL: imported, made before its customer came here; nobody here knows its CSR or its key.
    # Typed as what nearly all have: whoever may meet an imported one asks it, not its CSR.
    csr: "models.OneToOneField[CSR, CSR]" = models.OneToOneField(  # type: ignore[misc]
        CSR, models.PROTECT, related_name="push_certificate", null=True
    )
    predecessor = models.OneToOneField(
        "self", models.PROTECT, related_name="successor", null=True, blank=True
    )
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    topic = models.CharField(max_length=255)
    serial = models.CharField("serial number", max_length=64)
    issuer = models.CharField(max_length=255)
    not_before = models.DateTimeField("valid from")
    not_after = models.DateTimeField("valid until")
    fingerprint_sha256 = models.CharField("fingerprint, SHA-256", max_length=64, unique=True)
    apple_account = models.EmailField("Apple Account", blank=True)
    der = models.BinaryField("certificate (DER)", editable=False)
    upload = models.CharField(max_length=200, blank=True, editable=False)
    activated_at = models.DateTimeField("activated")
    # When somebody said that the MDM server has it. A download counted, too, in earlier versions.
    taken_along_at = models.DateTimeField("taken along", null=True, editable=False)
    revoked_at = models.DateTimeField("revoked", null=True, editable=False)
    # For the customer's eyes, too.
    revocation_reason = models.TextField(blank=True, db_default="", editable=False)

    objects = PushCertificateQuerySet.as_manager()

    class Meta:
        ordering = ["not_after", "id"]
        permissions = [
            ("override_topic", "Can let a certificate with another topic in"),
            ("revoke_certificate", "Can mark push certificates as revoked"),
        ]
        indexes = [
            models.Index(fields=["not_after", "id"], name="certificates_by_end"),
            # With the customer, which may be closed.
            models.Index(
                fields=["state", "not_after", "id", "customer"],
                name="certificates_by_state_and_end",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["topic"],
                condition=Q(state="active"),
                name="one_active_certificate_per_topic",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "superseded", "revoked"]),
                name="certificate_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="revoked") | ~Q(revocation_reason=""),
                name="revoked_certificate_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(topic__startswith="com.apple.mgmt."), name="topic_is_an_mdm_topic"
            ),
            models.CheckConstraint(
                condition=Q(not_after__gt=models.F("not_before")),
                name="certificate_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.topic

    def get_absolute_url(self) -> str:
        return reverse("portal:certificate", args=[self.pk])

    @property
    def is_imported(self) -> bool:
        return self.csr_id is None

    @property
    def is_made_here(self) -> bool:
        return not self.is_imported and self.csr.is_made_here

    @property
    def keeps_key(self) -> bool:
        """Whether its push key is sealed here, and is to stay."""
        return not self.is_imported and self.csr.keeps_key

    @property
    def key_never_left(self) -> bool:
        """Whether its key was made here and never downloaded: no server can have it."""
        if not self.is_made_here:
            return False
        # Annotated by `telling_exports`.
        known = vars(self).get("key_left")
        left = self.exports.filter(fetched_at__isnull=False).exists() if known is None else known
        return not left

    @property
    def is_key_lost(self) -> bool:
        """Whether nobody has its key, nor ever will: deleted here before anybody downloaded it.

        That a person said the MDM server has it makes no difference: it cannot.
        """
        is_deleted = not self.is_imported and self.csr.key_destroyed_at is not None
        return is_deleted and self.key_never_left

    @property
    def is_to_be_installed(self) -> bool:
        """Whether nobody has said yet that an MDM server has it. An imported one comes from there,
        and one whose key was deleted here had been taken along, or never can be."""
        return (
            self.state == self.State.ACTIVE
            and self.taken_along_at is None
            and not self.is_imported
            and (self.keeps_key or not self.is_made_here)
        )

    @property
    def replaces(self) -> "PushCertificate | None":
        """The one that its MDM server still has, as long as it cannot have this one or nobody
        said that it has. One whose key never left has never been there: the one before it is."""
        if not (self.is_to_be_installed or self.is_key_lost):
            return None
        old = self.predecessor
        while old is not None and old.key_never_left:
            old = old.predecessor
        return old

    def is_expired(self, now: datetime) -> bool:
        return self.not_after <= now
