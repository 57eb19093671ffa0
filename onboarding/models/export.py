"""A push key on its way out: made by the worker, offered once to who asked, gone after an hour."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from onboarding.models.push_certificate import PushCertificate
from onboarding.models.user import User

# From when it was asked for; after that the file is deleted, fetched or not.
LIFETIME = timedelta(hours=1)


class ExportQuerySet(models.QuerySet["Export"]):
    def unmade(self) -> "ExportQuerySet":
        return self.filter(state=Export.State.ASKED)

    def going(self) -> "ExportQuerySet":
        """Not gone yet: its file may be there, or may still be made."""
        return self.exclude(state=Export.State.GONE)

    def waiting_for(self, person: User, *, now: datetime) -> "ExportQuerySet":
        """What this person asked for and has not downloaded, made by now or not; theirs alone."""
        states = [Export.State.ASKED, Export.State.READY]
        return self.filter(
            asked_by=person,
            state__in=states,
            fetched_at__isnull=True,
            asked_at__gt=now - LIFETIME,
        )

    def finished(self, now: datetime) -> "ExportQuerySet":
        """Those whose file has to go: fetched, called off, or an hour old."""
        return self.going().filter(
            Q(fetched_at__isnull=False)
            | Q(asked_at__lte=now - LIFETIME)
            | (Q(state=Export.State.FAILED) & ~Q(file=""))
        )


class Export(models.Model):
    class Form(models.TextChoices):
        PKCS12 = "pkcs12", "PKCS#12 (.p12)"
        PEM = "pem", _("PEM (encrypted key and certificate)")

    class State(models.TextChoices):
        ASKED = "asked", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be made"
        GONE = "gone", "Gone"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    push_certificate = models.ForeignKey(PushCertificate, models.PROTECT, related_name="exports")
    form = models.CharField(max_length=10, choices=Form)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="asked_exports"
    )
    asked_at = models.DateTimeField()
    # Sealed to the custody key, for this export only; emptied once the file is made.
    sealed_passphrase = models.BinaryField(null=True, editable=False)
    # The name in file storage; kept after the file is gone, so that this can be verified.
    file = models.CharField(max_length=200, blank=True, editable=False)
    made_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "id"]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=~Q(state="gone"), name="exports_not_yet_gone"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(form__in=["pkcs12", "pem"]), name="export_form_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "ready", "failed", "gone"]),
                name="export_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="asked") | Q(sealed_passphrase__isnull=True),
                name="passphrase_is_kept_only_until_the_export_is_made",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | ~Q(file=""), name="ready_export_has_its_file"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(failure=""), name="failed_export_has_its_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Export of {self.push_certificate}"

    def get_absolute_url(self) -> str:
        return reverse("portal:export", args=[self.pk])

    @property
    def until(self) -> datetime:
        return self.asked_at + LIFETIME

    def is_offered(self, now: datetime) -> bool:
        """Whether its file may be fetched: ready, not fetched before, within the hour."""
        return self.state == self.State.READY and self.fetched_at is None and now < self.until
