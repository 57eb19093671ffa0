"""When worker and signer were last seen at work."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0009_vendor_staff_see_alarms")]

    operations = [
        migrations.CreateModel(
            name="Pulse",
            fields=[
                (
                    "process",
                    models.CharField(
                        choices=[("worker", "Worker"), ("signer", "Signer")],
                        max_length=10,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("seen_at", models.DateTimeField(verbose_name="last seen")),
                ("trouble", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("process__in", ["worker", "signer"])),
                        name="pulse_process_is_known",
                    )
                ],
            },
        ),
    ]
