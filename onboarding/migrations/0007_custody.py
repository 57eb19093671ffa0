"""Under which custody key a push key is sealed, its end, and its exports."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0006_signing_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "form",
                    models.CharField(
                        choices=[
                            ("pkcs12", "PKCS#12 (.p12)"),
                            ("pem", "PEM (encrypted key and certificate)"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Being made"),
                            ("ready", "Ready"),
                            ("failed", "Could not be made"),
                            ("gone", "Gone"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("sealed_passphrase", models.BinaryField(null=True)),
                ("file", models.CharField(blank=True, editable=False, max_length=200)),
                ("made_at", models.DateTimeField(null=True)),
                ("fetched_at", models.DateTimeField(null=True)),
                ("gone_at", models.DateTimeField(null=True)),
                ("failure", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-asked_at", "id"],
            },
        ),
        migrations.AddField(
            model_name="csr",
            name="custody_key",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="csr",
            name="key_destroyed_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="push key destroyed"
            ),
        ),
        migrations.AddField(
            model_name="csr",
            name="key_gone_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="file of the push key gone"
            ),
        ),
        migrations.AddConstraint(
            model_name="csr",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("key_gone_at__isnull", True),
                    ("key_destroyed_at__isnull", False),
                    _connector="OR",
                ),
                name="key_is_gone_only_once_destroyed",
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="asked_exports",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="push_certificate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exports",
                to="onboarding.pushcertificate",
            ),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(
                condition=models.Q(("state", "gone"), _negated=True),
                fields=["asked_at"],
                name="exports_not_yet_gone",
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("form__in", ["pkcs12", "pem"])), name="export_form_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "ready", "failed", "gone"])),
                name="export_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "asked"), ("sealed_passphrase__isnull", True), _connector="OR"
                ),
                name="passphrase_is_kept_only_until_the_export_is_made",
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ready"), _negated=True),
                    models.Q(("file", ""), _negated=True),
                    _connector="OR",
                ),
                name="ready_export_has_its_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "failed"), _negated=True),
                    models.Q(("failure", ""), _negated=True),
                    _connector="OR",
                ),
                name="failed_export_has_its_reason",
            ),
        ),
    ]
