"""A mail that the flow owes: written with the change that owes it, sent by the worker."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from onboarding.models.alarm import Alarm
from onboarding.models.csr import CSR
from onboarding.models.customer import Customer
from onboarding.models.push_certificate import PushCertificate
from onboarding.models.user import User

# A sender that died holds its mail no longer than this; sending takes at most EMAIL_TIMEOUT.
CLAIM = timedelta(minutes=3)


class MailQuerySet(models.QuerySet["Mail"]):
    def unsent(self) -> "MailQuerySet":
        """Those that are to be sent still."""
        return self.filter(sent_at__isnull=True, refused_at__isnull=True)

    def unclaimed(self, now: datetime) -> "MailQuerySet":
        """To be sent, and in no sender's hands."""
        return self.unsent().filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM))

    def free(self, now: datetime) -> "MailQuerySet":
        """To be sent now."""
        return self.unclaimed(now).filter(Q(not_before__isnull=True) | Q(not_before__lte=now))

    def given_up(self) -> "MailQuerySet":
        return self.filter(sent_at__isnull=True, refused_at__isnull=False)

    def refused(self) -> "MailQuerySet":
        """Given up, and staff have not said yet what becomes of them."""
        return self.given_up().filter(put_aside_at__isnull=True)


class Mail(models.Model):
    class Kind(models.TextChoices):
        WAITING = "waiting", "Waiting for approval"
        REJECTED = "rejected", "Rejected"
        READY = "ready", "Ready for Apple"
        ACTIVE = "active", "Certificate active"
        REVOKED = "revoked", "Certificate revoked"
        ALARM = "alarm", "Alarm"
        INVITATION = "invitation", "Invitation"
        JOINED = "joined", "Invitation accepted"
        ROLE_CHANGED = "role_changed", "Role changed"
        REMOVED = "removed", "Access ended"
        CLOSED = "closed", "Customer closed"
        TOPIC_CHANGE = "topic_change", "Another topic, to be decided"
        TOPIC_ALLOWED = "topic_allowed", "Another topic allowed"
        TOPIC_DECLINED = "topic_declined", "Another topic declined"
        REMINDER = "reminder", "Reminder before the end"
        RENEWAL = "renewal", "Renewal, sent by staff"
        QUESTION = "question", "Sign-in at Apple"
        CSR_QUESTION = "csr_question", "Question about a CSR"
        CSR_ANSWER = "csr_answer", "Answer about a CSR"
        SIGN_IN_CHANGED = "sign_in_changed", "Way to sign in changed"
        SECOND_FACTOR_RESET = "second_factor_reset", "Second factor reset"

    kind = models.CharField(max_length=20, choices=Kind)
    # What it is about: at least one of these.
    csr = models.ForeignKey(CSR, models.PROTECT, related_name="mails", null=True)
    alarm = models.ForeignKey(Alarm, models.PROTECT, related_name="mails", null=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="mails", null=True)
    push_certificate = models.ForeignKey(
        PushCertificate, models.PROTECT, related_name="mails", null=True
    )
    person = models.ForeignKey(User, models.PROTECT, related_name="mails", null=True)
    # Which of its kind, where one about the same thing may be owed again: a date, a question's id.
    occasion = models.CharField(max_length=100, blank=True, db_default="")
    recipient = models.EmailField()
    queued_at = models.DateTimeField()
    # Set before sending, so that two workers do not send the same mail; let go after a while.
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    # How often the mail server took everything but this mail, and when it is asked again.
    refusals = models.PositiveSmallIntegerField(default=0, db_default=0)
    not_before = models.DateTimeField("tried again", null=True)
    # When it was given up, and when staff said that it may stay so.
    refused_at = models.DateTimeField("given up", null=True)
    put_aside_at = models.DateTimeField("put aside", null=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["queued_at", "id"]
        indexes = [
            models.Index(
                fields=["queued_at"],
                condition=Q(sent_at__isnull=True, refused_at__isnull=True),
                name="mails_to_be_sent",
            ),
            models.Index(
                fields=["refused_at"],
                condition=Q(refused_at__isnull=False, put_aside_at__isnull=True),
                name="mails_refused",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "csr", "recipient", "occasion"],
                name="one_mail_per_occasion_and_address",
            ),
            models.UniqueConstraint(
                fields=["kind", "push_certificate", "recipient", "occasion"],
                name="one_mail_per_certificate_occasion_and_address",
            ),
            models.UniqueConstraint(
                fields=["kind", "customer", "recipient", "occasion"],
                name="one_mail_per_customer_occasion_and_address",
            ),
            models.UniqueConstraint(
                fields=["kind", "person", "recipient", "occasion"],
                name="one_mail_per_person_occasion_and_address",
            ),
            models.UniqueConstraint(
                fields=["alarm", "recipient"], name="one_mail_per_alarm_and_address"
            ),
            models.CheckConstraint(
                condition=Q(csr__isnull=False)
                | Q(alarm__isnull=False)
                | Q(customer__isnull=False)
                | Q(push_certificate__isnull=False)
                | Q(person__isnull=False),
                name="mail_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(put_aside_at__isnull=True) | Q(refused_at__isnull=False),
                name="mail_put_aside_was_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.recipient}"
