"""Imports of customers, and the index by which one is found; every role sees them."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from onboarding import roles

RIGHTS = {role: ["view_customerimport"] for role in ("Approver", "Operator", "Support", "Auditor")}


def allow(apps, schema_editor):
    roles.grant(apps, schema_editor, RIGHTS)


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0025_sign_in_services"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerImport",
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
                            ("judging", "Dry run under way"),
                            ("judged", "Dry run done"),
                            ("running", "Being carried out"),
                            ("done", "Carried out"),
                            ("called_off", "Called off"),
                        ],
                        default="judging",
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("started_by_name", models.CharField(max_length=200, verbose_name="by")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("total", models.PositiveIntegerField(verbose_name="rows")),
                ("at_line", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("remarks", models.JSONField(default=list)),
                ("report", models.CharField(blank=True, editable=False, max_length=200)),
            ],
            options={
                "verbose_name": "import",
                "ordering": ["-started_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField()),
                ("values", models.JSONField(default=dict)),
                ("key", models.CharField(max_length=200)),
                ("certificate", models.BinaryField(null=True)),
                ("fingerprint_sha256", models.CharField(blank=True, max_length=64)),
                ("topic", models.CharField(blank=True, max_length=255)),
                (
                    "action",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("create", "Create"),
                            ("update", "Update"),
                            ("skip", "Skip"),
                            ("refuse", "Refuse"),
                        ],
                        max_length=10,
                    ),
                ),
                ("column", models.CharField(blank=True, max_length=20)),
                ("sentence", models.TextField(blank=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("create", "Create"),
                            ("update", "Update"),
                            ("skip", "Skip"),
                            ("refuse", "Refuse"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ["of", "line"],
            },
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                django.db.models.functions.text.Upper("name"), name="customers_by_upper_name"
            ),
        ),
        migrations.AddField(
            model_name="customerimport",
            name="started_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="imports",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="customer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="import_rows",
                to="onboarding.customer",
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="of",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="onboarding.customerimport",
            ),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["of", "key", "line"], name="import_rows_by_customer"),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["of", "topic", "line"], name="import_rows_by_topic"),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["of", "action", "line"], name="import_rows_by_action"),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(
                fields=("of", "line"), name="one_row_per_line_of_an_import"
            ),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("action__in", ["", "create", "update", "skip", "refuse"]),
                    ("outcome__in", ["", "create", "update", "skip", "refuse"]),
                ),
                name="import_action_is_known",
            ),
        ),
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
