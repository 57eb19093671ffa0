"""Campaigns: the renewal mail to many at once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from onboarding import roles

RIGHTS = {role: ["view_campaign"] for role in ("Approver", "Operator", "Support", "Auditor")}


def allow(apps, schema_editor):
    roles.grant(apps, schema_editor, RIGHTS)


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0036_renewal_mails"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Being prepared"),
                            ("running", "Going out"),
                            ("done", "Gone out"),
                            ("stopped", "Stopped"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(max_length=100)),
                ("selection", models.JSONField(default=dict)),
                ("text", models.TextField(blank=True)),
                ("prepared_by_name", models.CharField(max_length=200, verbose_name="by")),
                ("prepared_at", models.DateTimeField(verbose_name="prepared")),
                ("started_at", models.DateTimeField(null=True, verbose_name="started")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="certificates")),
                ("done", models.PositiveIntegerField(default=0)),
                ("mails", models.PositiveIntegerField(default=0)),
                ("at_end", models.DateTimeField(null=True)),
                ("at_id", models.UUIDField(null=True)),
                (
                    "prepared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-prepared_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "running", "done", "stopped"])),
                        name="campaign_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "draft"), ("started_at__isnull", False), _connector="OR"
                        ),
                        name="campaign_that_left_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("at_end__isnull", True), ("at_id__isnull", True)),
                            models.Q(("at_end__isnull", False), ("at_id__isnull", False)),
                            _connector="OR",
                        ),
                        name="campaign_stands_at_a_certificate",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CampaignRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "left_out",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("renewed_before", "Renewed already"),
                            ("revoked", "Revoked"),
                            ("closed", "Of a closed customer"),
                            ("under_way", "With a renewal under way"),
                            ("unreached", "With nobody who wants mails"),
                            ("recent", "Mailed by staff within a day"),
                            ("stopped", "Stopped before its mail left"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="onboarding.campaign",
                    ),
                ),
                (
                    "push_certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaign_rows",
                        to="onboarding.pushcertificate",
                    ),
                ),
            ],
            options={
                "ordering": ["campaign", "id"],
                "indexes": [models.Index(fields=["campaign", "id"], name="rows_of_a_campaign")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("campaign", "push_certificate"),
                        name="one_row_per_campaign_and_certificate",
                    )
                ],
            },
        ),
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
