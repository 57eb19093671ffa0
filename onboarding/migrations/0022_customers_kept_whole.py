"""Customers that are closed, noted on and kept with files; certificates revoked or imported."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0021_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("what", models.CharField(blank=True, max_length=200, verbose_name="what it is")),
                ("file", models.CharField(editable=False, max_length=200)),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("size", models.PositiveIntegerField(verbose_name="bytes")),
                ("added_at", models.DateTimeField(verbose_name="added")),
            ],
            options={
                "ordering": ["-added_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("author_name", models.CharField(max_length=200, verbose_name="by")),
                ("written_at", models.DateTimeField(verbose_name="written")),
                ("text", models.TextField()),
            ],
            options={
                "ordering": ["-written_at", "-id"],
            },
        ),
        migrations.AlterModelOptions(
            name="customer",
            options={
                "ordering": ["name", "id"],
                "permissions": [
                    ("act_for_customer", "Can ask for CSRs and bring certificates for a customer"),
                    ("annotate_customer", "Can write notes on customers and keep files with them"),
                    ("close_customer", "Can close a customer"),
                    ("import_customers", "Can import customers and certificates"),
                    ("invite_people", "Can invite people of customers"),
                    ("read_reports", "Can read and download reports"),
                    ("remind_customers", "Can send reminders and campaigns"),
                    ("set_approvals", "Can set how many people approve a customer's CSRs"),
                ],
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="closed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="closed"),
        ),
        migrations.AddField(
            model_name="pushcertificate",
            name="revocation_reason",
            field=models.TextField(blank=True, db_default="", editable=False),
        ),
        migrations.AddField(
            model_name="pushcertificate",
            name="revoked_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="revoked"),
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
                    ("revoked", "Certificate revoked"),
                    ("alarm", "Alarm"),
                    ("invitation", "Invitation"),
                    ("joined", "Invitation accepted"),
                    ("role_changed", "Role changed"),
                    ("removed", "Access ended"),
                    ("topic_change", "Another topic, to be decided"),
                    ("topic_allowed", "Another topic allowed"),
                    ("reminder", "Reminder before the end"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="pushcertificate",
            name="csr",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="push_certificate",
                to="onboarding.csr",
            ),
        ),
        migrations.AddConstraint(
            model_name="pushcertificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "revoked"), _negated=True),
                    models.Q(("revocation_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="revoked_certificate_has_a_reason",
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="added_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attachments",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attachments",
                to="onboarding.customer",
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notes",
                to="onboarding.customer",
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(fields=["customer", "-added_at"], name="files_of_a_customer"),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(fields=["customer", "-written_at"], name="notes_of_a_customer"),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="note_says_something"
            ),
        ),
    ]
