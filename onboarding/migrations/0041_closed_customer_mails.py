"""A mail tells a closed customer's people what became of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0040_fewer_approvals"),
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
                    ("closed", "Customer closed"),
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
    ]
