"""Finding a person whatever the case, and what ends soon with its customer, reads an index alone."""

from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0043_no_event_is_replaced"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="pushcertificate",
            name="certificates_by_state_and_end",
        ),
        migrations.AddIndex(
            model_name="pushcertificate",
            index=models.Index(
                fields=["state", "not_after", "id", "customer"],
                name="certificates_by_state_and_end",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(Upper("email"), name="people_by_upper_address"),
        ),
    ]
