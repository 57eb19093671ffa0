"""In which language a person is invited."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0038_vendor_certificates_in_use")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="language",
            field=models.CharField(
                blank=True,
                choices=[("en", "English"), ("de", "Deutsch")],
                db_default="",
                max_length=10,
            ),
        ),
    ]
