"""Mails on a renewal that staff have sent."""

from django.db import migrations, models


def forget_new_kinds(apps, schema_editor):
    """Back to the release before, which does not know these mails."""
    alias = schema_editor.connection.alias
    apps.get_model("onboarding", "Mail").objects.using(alias).filter(kind="renewal").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0035_staff_see_reminders"),
    ]

    operations = [
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
                    ("topic_declined", "Another topic declined"),
                    ("reminder", "Reminder before the end"),
                    ("renewal", "Renewal, sent by staff"),
                    ("question", "Sign-in at Apple"),
                    ("csr_question", "Question about a CSR"),
                    ("csr_answer", "Answer about a CSR"),
                    ("sign_in_changed", "Way to sign in changed"),
                    ("second_factor_reset", "Second factor reset"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_new_kinds),
    ]
