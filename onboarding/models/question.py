"""What the vendor asks a customer about its CSR, and what was answered; both are kept."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from onboarding.models.csr import CSR


class Question(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    csr = models.ForeignKey(CSR, models.PROTECT, related_name="questions")
    text = models.TextField("question")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions_asked"
    )
    asked_at = models.DateTimeField("asked")
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions_answered", null=True
    )
    answered_at = models.DateTimeField("answered", null=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="question_has_a_text"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
                name="answer_has_its_person_and_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"Question about {self.csr}"
