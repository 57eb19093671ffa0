"""A customer's request for a push certificate, from its first wish to its end."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from onboarding.models.customer import Customer
from onboarding.models.user import User

KEYED = ("submitted", "approved", "failed", "signed", "fulfilled", "rejected")
LIVE = ("requested", "submitted", "approved", "failed", "signed")
# A rejected or withdrawn CSR gives its key back to its customer; a fulfilled one never does.
KEY_HOLDING = ("submitted", "approved", "failed", "signed", "fulfilled")


class CSRQuerySet(models.QuerySet["CSR"]):
    def visible_to(self, user: User) -> "CSRQuerySet":
        return self.filter(customer__memberships__user=user, customer__closed_at__isnull=True)

    def live(self) -> "CSRQuerySet":
        return self.filter(state__in=LIVE)

    def for_new_certificate(self) -> "CSRQuerySet":
        """Under way, and no renewal; the newest first."""
        return self.live().filter(renews=None).order_by("-requested_at", "id")

    def awaiting_decision(self) -> "CSRQuerySet":
        return self.filter(state=CSR.State.SUBMITTED).order_by("state_since", "id")

    def awaiting_key(self) -> "CSRQuerySet":
        return self.filter(state=CSR.State.REQUESTED)

    def awaiting_signature(self) -> "CSRQuerySet":
        return self.filter(state=CSR.State.APPROVED).order_by("state_since", "id")

    def renewing(self) -> "CSRQuerySet":
        """Renewals that are under way."""
        return self.live().filter(renews__isnull=False)

    def keeping_key(self) -> "CSRQuerySet":
        """Those whose push key is sealed here, and is to stay."""
        return self.exclude(sealed_key="").filter(key_destroyed_at__isnull=True)

    def with_unusable_key(self) -> "CSRQuerySet":
        """Those whose sealed push key could not be used when it was last tried; oldest first."""
        unusable = self.keeping_key().exclude(key_trouble="")
        return unusable.order_by("requested_at", "id")

    def losing_key(self) -> "CSRQuerySet":
        """Those whose push key is to be destroyed, and was not yet seen to be gone."""
        return self.filter(key_destroyed_at__isnull=False, key_gone_at__isnull=True)

    def holding_key(self, public_key_sha256: str) -> "CSRQuerySet":
        return self.filter(public_key_sha256=public_key_sha256, state__in=KEY_HOLDING)


class CSR(models.Model):
    class State(models.TextChoices):
        REQUESTED = "requested", _("Making the key")
        SUBMITTED = "submitted", _("Waiting for approval")
        APPROVED = "approved", _("Being signed")
        SIGNED = "signed", _("Signed, ready for Apple")
        FULFILLED = "fulfilled", _("Certificate active")
        REJECTED = "rejected", _("Rejected")
        FAILED = "failed", _("Signing failed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Origin(models.TextChoices):
        MADE_HERE = "made_here", _("Made here; the portal keeps the sealed key")
        UPLOADED = "uploaded", _("Uploaded; the customer keeps the key")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="csrs")
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    state_since = models.DateTimeField("in this state since")
    origin = models.CharField(max_length=10, choices=Origin)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="requested_csrs"
    )
    requested_at = models.DateTimeField("requested")
    renews = models.ForeignKey(
        "PushCertificate", models.PROTECT, related_name="renewals", null=True, blank=True
    )

    common_name = models.CharField("common name (CN)", max_length=255, blank=True)
    organization = models.CharField("organisation (O)", max_length=255, blank=True)
    organizational_unit = models.CharField("unit (OU)", max_length=255, blank=True)
    country = models.CharField("country (C)", max_length=16, blank=True)
    email = models.CharField("e-mail address", max_length=255, blank=True)

    der = models.BinaryField("CSR (DER)", null=True, editable=False)
    public_key_sha256 = models.CharField("public key, SHA-256", max_length=64, blank=True)
    # Names in file storage, each content-addressed.
    sealed_key = models.CharField(max_length=200, blank=True, editable=False)
    upload = models.CharField(max_length=200, blank=True, editable=False)
    # SHA-256 of the custody public key to which the push key is sealed; empty if not known.
    custody_key = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    # Why the sealed push key could not be used when it was last tried; empty while it can.
    key_trouble = models.TextField(blank=True, db_default="", editable=False)
    # Asked for, and then seen to be gone from storage; the name of the file stays as evidence.
    key_destroyed_at = models.DateTimeField("push key destroyed", null=True, editable=False)
    key_gone_at = models.DateTimeField("file of the push key gone", null=True, editable=False)

    signature = models.BinaryField(null=True, editable=False)
    vendor_certificate = models.ForeignKey(
        "VendorCertificate", models.PROTECT, related_name="csrs", null=True, blank=True
    )
    push_request_sha256 = models.CharField("signed request, SHA-256", max_length=64, blank=True)

    # The customer's number as it was before it was lowered while this CSR waited; else 0.
    approvals_required = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    rejection_reason = models.TextField(blank=True)
    failure_code = models.CharField(max_length=50, blank=True)
    failure_sentence = models.TextField(blank=True)

    objects = CSRQuerySet.as_manager()

    class Meta:
        verbose_name = "CSR"
        verbose_name_plural = "CSRs"
        ordering = ["-requested_at", "-id"]
        permissions = [
            ("approve_csr", "Can approve and reject CSRs"),
            ("ask_customer", "Can ask a customer about its CSR"),
            ("withdraw_csr", "Can withdraw a customer's CSR"),
            ("destroy_key", "Can have a push key destroyed at its customer's wish"),
        ]
        indexes = [
            models.Index(fields=["-requested_at", "-id"], name="csrs_newest_first"),
            models.Index(fields=["state", "state_since", "id"], name="csrs_by_state_and_age"),
            models.Index(fields=["origin", "-requested_at", "-id"], name="csrs_by_origin"),
            models.Index(
                fields=["key_destroyed_at"],
                condition=Q(key_destroyed_at__isnull=False, key_gone_at__isnull=True),
                name="keys_still_to_go",
            ),
            models.Index(
                fields=["requested_at"],
                condition=~Q(key_trouble=""),
                name="keys_that_cannot_be_used",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=(*KEYED, "requested", "withdrawn")),
                name="csr_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["made_here", "uploaded"]), name="csr_origin_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=KEYED) | (Q(der__isnull=False) & ~Q(public_key_sha256="")),
                name="submitted_csr_has_der_and_key",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=KEYED) | Q(origin="uploaded") | ~Q(sealed_key=""),
                name="csr_made_here_has_a_sealed_key",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["signed", "fulfilled"])
                | (
                    Q(signature__isnull=False, vendor_certificate__isnull=False)
                    & ~Q(push_request_sha256="")
                ),
                name="signed_csr_has_its_signature",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(rejection_reason=""),
                name="rejected_csr_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(failure_code=""),
                name="failed_csr_has_its_error",
            ),
            models.CheckConstraint(
                condition=Q(key_gone_at__isnull=True) | Q(key_destroyed_at__isnull=False),
                name="key_is_gone_only_once_destroyed",
            ),
            models.UniqueConstraint(
                fields=["public_key_sha256"],
                condition=Q(state__in=KEY_HOLDING),
                name="one_live_csr_per_public_key",
            ),
            models.UniqueConstraint(
                fields=["renews"],
                condition=Q(state__in=LIVE),
                name="one_live_renewal_per_certificate",
            ),
        ]

    def __str__(self) -> str:
        return f"CSR {str(self.pk)[:8]} of {self.customer}"

    def get_absolute_url(self) -> str:
        return reverse("portal:csr", args=[self.pk])

    @property
    def is_made_here(self) -> bool:
        return self.origin == self.Origin.MADE_HERE

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def keeps_key(self) -> bool:
        """Whether its push key is sealed here, and is to stay."""
        return bool(self.sealed_key) and self.key_destroyed_at is None
