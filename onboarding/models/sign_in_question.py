"""The yearly question: can somebody still sign in with a certificate's Apple Account?"""

from datetime import datetime

from django.db import models
from django.db.models import Q

from onboarding.models.push_certificate import PushCertificate


class SignInQuestionQuerySet(models.QuerySet["SignInQuestion"]):
    def standing(self) -> "SignInQuestionQuerySet":
        """Those whose certificate still has to be renewed."""
        return self.filter(
            push_certificate__state=PushCertificate.State.ACTIVE,
            push_certificate__customer__closed_at__isnull=True,
        )

    def unanswered(self) -> "SignInQuestionQuerySet":
        return self.standing().filter(answer="")

    def to_ask_again(self, before: datetime) -> "SignInQuestionQuerySet":
        return self.unanswered().filter(asked_at__lte=before, asked_again_at__isnull=True)

    def ignored(self, before: datetime) -> "SignInQuestionQuerySet":
        return self.unanswered().filter(asked_again_at__lte=before)

    def lost(self) -> "SignInQuestionQuerySet":
        """Those to which the answer was that nobody can sign in any more."""
        return self.standing().filter(answer=SignInQuestion.Answer.NO)


class SignInQuestion(models.Model):
    """One for each certificate, and so once a year for each topic."""

    class Answer(models.TextChoices):
        YES = "yes", "Can sign in"
        NO = "no", "Cannot sign in any more"

    push_certificate = models.OneToOneField(
        PushCertificate, models.PROTECT, related_name="sign_in_question"
    )
    asked_at = models.DateTimeField("asked")
    asked_again_at = models.DateTimeField("asked again", null=True)
    answer = models.CharField(max_length=3, choices=Answer, blank=True, db_default="")
    answered_at = models.DateTimeField("answered", null=True)
    # As the Event has it: a person, or the address to which the mail went.
    answered_by = models.CharField("by", max_length=255, blank=True, db_default="")

    objects = SignInQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="questions_newest_first"),
            models.Index(
                fields=["answered_at"], condition=Q(answer="no"), name="accounts_that_are_lost"
            ),
            models.Index(
                fields=["asked_at"], condition=Q(answer=""), name="questions_without_an_answer"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | Q(answer__in=["yes", "no"], answered_at__isnull=False),
                name="question_has_its_answer",
            )
        ]

    def __str__(self) -> str:
        return f"Sign-in at Apple for {self.push_certificate}"
