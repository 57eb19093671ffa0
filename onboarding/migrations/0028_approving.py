"""Approvals of what is there, a customer's own number of them, standing ones; questions, phrases."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from onboarding import roles

VIEWS = ("view_phrase", "view_standingapproval", "view_standinguse")
PHRASES = ("add_phrase", "change_phrase", "delete_phrase")
RIGHTS = {
    "Approver": [*VIEWS, *PHRASES],
    "Operator": VIEWS,
    "Support": VIEWS,
    "Auditor": VIEWS,
}


def allow(apps, schema_editor):
    roles.grant(apps, schema_editor, RIGHTS)


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0027_calendar_and_questions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Phrase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "title",
                    models.CharField(help_text="What its button says.", max_length=60, unique=True),
                ),
                (
                    "text",
                    models.TextField(
                        help_text="The customer reads it: say what to do differently.",
                        max_length=2000,
                    ),
                ),
            ],
            options={
                "verbose_name": "kept phrase",
                "ordering": ["title"],
            },
        ),
        migrations.AddField(
            model_name="approval",
            name="content",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddField(
            model_name="csr",
            name="approvals_required",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="customer",
            name="approvals_required",
            field=models.PositiveSmallIntegerField(
                db_default=1, default=1, editable=False, verbose_name="approvals needed"
            ),
        ),
        migrations.AlterField(
            model_name="mail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting for approval"),
                    ("rejected", "Rejected"),
                    ("ready", "Ready for Apple"),
                    ("active", "Certificate active"),
                    ("revoked", "Certificate revoked"),
                    ("alarm", "Alarm"),
                    ("invitation", "Invitation"),
                    ("joined", "Invitation accepted"),
                    ("role_changed", "Role changed"),
                    ("removed", "Access ended"),
                    ("topic_change", "Another topic, to be decided"),
                    ("topic_allowed", "Another topic allowed"),
                    ("reminder", "Reminder before the end"),
                    ("question", "Sign-in at Apple"),
                    ("csr_question", "Question about a CSR"),
                    ("csr_answer", "Answer about a CSR"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="StandingApproval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                (
                    "monthly_limit",
                    models.PositiveSmallIntegerField(verbose_name="renewals in a month"),
                ),
                ("proposed_at", models.DateTimeField(verbose_name="proposed")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_approvals",
                        to="onboarding.customer",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_approvals_ended",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-proposed_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="StandingConsent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("given_at", models.DateTimeField()),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_consents",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "standing_approval",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="onboarding.standingapproval",
                    ),
                ),
            ],
            options={
                "ordering": ["given_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="StandingUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("used_at", models.DateTimeField(verbose_name="used")),
                ("reviewed_at", models.DateTimeField(null=True, verbose_name="looked at")),
                (
                    "csr",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_use",
                        to="onboarding.csr",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_uses_reviewed",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "standing_approval",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="onboarding.standingapproval",
                    ),
                ),
            ],
            options={
                "ordering": ["-used_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("text", models.TextField(verbose_name="question")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("answer", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered")),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions_answered",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions_asked",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "csr",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="onboarding.csr",
                    ),
                ),
            ],
            options={
                "ordering": ["asked_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="question_has_a_text"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", ""),
                                ("answered_at__isnull", True),
                                ("answered_by__isnull", True),
                            ),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="answer_has_its_person_and_moment",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="standingapproval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("customer",),
                name="one_open_standing_approval_per_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="standingapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(("monthly_limit__gte", 1)), name="standing_approval_has_a_limit"
            ),
        ),
        migrations.AddConstraint(
            model_name="standingapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("proposed_at"))),
                name="standing_approval_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="standingconsent",
            constraint=models.UniqueConstraint(
                fields=("standing_approval", "staff"), name="one_consent_per_person"
            ),
        ),
        migrations.AddIndex(
            model_name="standinguse",
            index=models.Index(fields=["-used_at", "-id"], name="standing_uses_newest_first"),
        ),
        migrations.AddConstraint(
            model_name="standinguse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reviewed_at__isnull", True), ("reviewed_by__isnull", True)),
                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                    _connector="OR",
                ),
                name="review_has_its_person_and_moment",
            ),
        ),
        # Last, for the permissions of these nouns have to be there.
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
