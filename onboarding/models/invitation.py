"""An invitation by mail to act, or look, for a customer: one open for each address."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower

from onboarding.models.customer import Customer, Membership
from onboarding.models.mail import Mail
from onboarding.models.user import LANGUAGES

# How long a link works; a new one starts anew.
LIFETIME = timedelta(days=7)


class MailTrouble(models.TextChoices):
    """What keeps the mail with a link from arriving."""

    GIVEN_UP = "given_up", "Mail refused"
    TRIED_AGAIN = "tried_again", "Mail not sent yet"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor withdrawn; the link may be too old."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)

    def usable(self, now: datetime) -> "InvitationQuerySet":
        return self.open().filter(link_at__gt=now - LIFETIME)

    def with_mail(self) -> "models.QuerySet[Any]":
        """The same, each with the `mail_trouble` of its link: a MailTrouble, or empty.

        Any: invitations with a column that the model does not declare.
        """
        mails = Mail.objects.filter(
            kind=Mail.Kind.INVITATION,
            customer=OuterRef("customer"),
            recipient=OuterRef("email"),
        )
        trouble = Case(
            When(refused_at__isnull=False, then=Value(MailTrouble.GIVEN_UP)),
            When(~Q(failure=""), then=Value(MailTrouble.TRIED_AGAIN)),
            default=Value(""),
        )
        newest = mails.order_by("-id").values_list(trouble)[:1]
        return self.annotate(mail_trouble=Coalesce(Subquery(newest), Value("")))


class Invitation(models.Model):
    """Its link is made when it is mailed, and kept nowhere: here is only which one counts."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="invitations")
    email = models.EmailField("e-mail address")
    role = models.CharField(max_length=10, choices=Membership.Role)
    # Of the mail and the page that the link leads to; empty: English, and as the browser asks.
    language = models.CharField(max_length=10, blank=True, db_default="", choices=LANGUAGES)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="invitations_sent"
    )
    invited_at = models.DateTimeField()
    # The last link that was asked for, by number: the ones before it work no more.
    link = models.PositiveIntegerField(default=1)
    link_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="invitations_accepted",
    )
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["invited_at", "id"]
        constraints = [
            models.UniqueConstraint(
                "customer",
                Lower("email"),
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_invitation_per_address",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="invitation_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_is_accepted_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["admin", "reader"]), name="invitation_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.customer}"

    @property
    def expires_at(self) -> datetime:
        return self.link_at + LIFETIME

    def is_expired(self, now: datetime) -> bool:
        return now >= self.expires_at
