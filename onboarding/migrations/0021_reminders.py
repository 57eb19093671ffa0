"""Reminders before a certificate's end: what was told, on which days, and who wants it."""

import django.db.models.deletion
from django.db import migrations, models


def forget_reminders(apps, schema_editor):
    """Back to the release before, which cannot write these mails."""
    mails = apps.get_model("onboarding", "Mail").objects.using(schema_editor.connection.alias)
    mails.filter(kind="reminder").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0020_drafts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReminderDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("finished_at", models.DateTimeField()),
                ("reminded", models.PositiveIntegerField(verbose_name="certificates reminded of")),
            ],
            options={
                "ordering": ["-day"],
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="language",
            field=models.CharField(
                blank=True,
                choices=[("en", "English"), ("de", "Deutsch")],
                db_default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="name",
            field=models.CharField(blank=True, db_default="", max_length=150),
        ),
        migrations.AddField(
            model_name="contact",
            name="wants_reminders",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="wants reminders"
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="wants_reminders",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="wants reminders"
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
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("threshold", models.SmallIntegerField(verbose_name="days before the end")),
                ("at", models.DateTimeField(verbose_name="told")),
                (
                    "push_certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="onboarding.pushcertificate",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("push_certificate", "threshold"),
                        name="one_reminder_per_certificate_and_threshold",
                    )
                ],
            },
        ),
        # Last, so that on the way back it is the first.
        migrations.RunPython(migrations.RunPython.noop, forget_reminders),
    ]
