"""How much each signer signed per day, for its cap."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0005_alarms"),
    ]

    operations = [
        migrations.CreateModel(
            name="SigningDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("signer", models.CharField(max_length=100)),
                ("day", models.DateField()),
                ("signed", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddConstraint(
            model_name="signingday",
            constraint=models.UniqueConstraint(
                fields=("signer", "day"), name="one_count_per_signer_and_day"
            ),
        ),
    ]
