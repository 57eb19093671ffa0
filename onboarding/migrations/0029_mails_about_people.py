"""Mails on what becomes of that by which a person signs in; staff may reset a second factor."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from onboarding import roles


def allow(apps, schema_editor):
    roles.grant(apps, schema_editor, {"Operator": ["reset_second_factor"]})


def forget_new_kinds(apps, schema_editor):
    """Back to the release before, which does not know these mails."""
    alias = schema_editor.connection.alias
    apps.get_model("onboarding", "Mail").objects.using(alias).filter(person__isnull=False).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0028_approving"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={"permissions": [("reset_second_factor", "Can reset people's second factor")]},
        ),
        migrations.RemoveConstraint(
            model_name="mail",
            name="mail_is_about_something",
        ),
        migrations.AddField(
            model_name="mail",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to=settings.AUTH_USER_MODEL,
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
                    ("sign_in_changed", "Way to sign in changed"),
                    ("second_factor_reset", "Second factor reset"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                fields=("kind", "person", "recipient", "occasion"),
                name="one_mail_per_person_occasion_and_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("csr__isnull", False),
                    ("alarm__isnull", False),
                    ("customer__isnull", False),
                    ("push_certificate__isnull", False),
                    ("person__isnull", False),
                    _connector="OR",
                ),
                name="mail_is_about_something",
            ),
        ),
        migrations.RunPython(allow, migrations.RunPython.noop),
        # Last, so that on the way back it is the first.
        migrations.RunPython(migrations.RunPython.noop, forget_new_kinds),
    ]
