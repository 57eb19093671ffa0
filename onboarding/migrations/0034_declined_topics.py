"""Staff decline another topic, with a reason that the customer reads."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KINDS = [
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
    ("topic_declined", "Another topic declined"),
    ("reminder", "Reminder before the end"),
    ("question", "Sign-in at Apple"),
    ("csr_question", "Question about a CSR"),
    ("csr_answer", "Answer about a CSR"),
    ("sign_in_changed", "Way to sign in changed"),
    ("second_factor_reset", "Second factor reset"),
]


def forget_new_kind(apps, schema_editor):
    """Back to the release before, which does not know this mail."""
    alias = schema_editor.connection.alias
    apps.get_model("onboarding", "Mail").objects.using(alias).filter(kind="topic_declined").delete()


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0033_what_waits")]

    operations = [
        migrations.AlterField(
            model_name="mail",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20),
        ),
        migrations.AddField(
            model_name="topicchange",
            name="decline_reason",
            field=models.TextField(blank=True, db_default="", verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="topicchange",
            name="declined_at",
            field=models.DateTimeField(null=True, verbose_name="declined"),
        ),
        migrations.AddField(
            model_name="topicchange",
            name="declined_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="declined by",
            ),
        ),
        migrations.AddConstraint(
            model_name="topicchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decline_reason", ""),
                    ("declined_at__isnull", True),
                    ("declined_by__isnull", True),
                )
                | models.Q(
                    ("declined_at__isnull", False),
                    ("declined_by__isnull", False),
                    models.Q(("decline_reason", ""), _negated=True),
                ),
                name="declined_topic_change_has_who_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="topicchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("allowed_at__isnull", True))
                | models.Q(("declined_at__isnull", True)),
                name="topic_change_is_allowed_or_declined",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_new_kind),
    ]
