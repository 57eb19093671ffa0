"""Alarms for staff, and the mails that tell of them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0004_vendor_staff"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("identity_unfit", "Nothing can be signed"),
                            ("cap_reached", "Daily cap reached"),
                            ("vendor_ending", "Vendor certificate ends"),
                            ("stuck", "Waits too long"),
                            ("store_differs", "Files and database differ"),
                        ],
                        max_length=20,
                    ),
                ),
                ("about", models.CharField(blank=True, max_length=200)),
                ("sentence", models.TextField()),
                ("raised_at", models.DateTimeField(verbose_name="since")),
                ("cleared_at", models.DateTimeField(null=True, verbose_name="cleared")),
            ],
            options={
                "ordering": ["-raised_at", "-id"],
            },
        ),
        migrations.AlterField(
            model_name="mail",
            name="csr",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="onboarding.csr",
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
                    ("alarm", "Alarm"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "identity_unfit",
                            "cap_reached",
                            "vendor_ending",
                            "stuck",
                            "store_differs",
                        ],
                    )
                ),
                name="alarm_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cleared_at__isnull", True)),
                fields=("kind", "about"),
                name="one_open_alarm_per_matter",
            ),
        ),
        migrations.AddField(
            model_name="mail",
            name="alarm",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="onboarding.alarm",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                fields=("alarm", "recipient"), name="one_mail_per_alarm_and_address"
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("alarm__isnull", True), ("csr__isnull", False)),
                    models.Q(("alarm__isnull", False), ("csr__isnull", True)),
                    _connector="OR",
                ),
                name="mail_is_about_one_thing",
            ),
        ),
    ]
