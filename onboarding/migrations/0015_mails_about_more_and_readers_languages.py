"""Mails about customers and certificates, several of a kind; the language people read."""

import django.db.models.deletion
from django.db import migrations, models

OLD_KINDS = ("waiting", "rejected", "ready", "active", "alarm")


def forget_new_mails(apps, schema_editor):
    """Back to the release before, which cannot write these mails."""
    mails = apps.get_model("onboarding", "Mail").objects.using(schema_editor.connection.alias)
    mails.exclude(kind__in=OLD_KINDS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0014_keys_that_cannot_be_used"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="mail",
            name="one_mail_per_occasion_and_address",
        ),
        migrations.RemoveConstraint(
            model_name="mail",
            name="mail_is_about_one_thing",
        ),
        migrations.AddField(
            model_name="mail",
            name="customer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="onboarding.customer",
            ),
        ),
        migrations.AddField(
            model_name="mail",
            name="occasion",
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="mail",
            name="push_certificate",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="onboarding.pushcertificate",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True,
                choices=[("en", "English"), ("de", "Deutsch")],
                db_default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="time_zone",
            field=models.CharField(blank=True, db_default="", max_length=64),
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
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                fields=("kind", "csr", "recipient", "occasion"),
                name="one_mail_per_occasion_and_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                fields=("kind", "push_certificate", "recipient", "occasion"),
                name="one_mail_per_certificate_occasion_and_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                fields=("kind", "customer", "recipient", "occasion"),
                name="one_mail_per_customer_occasion_and_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("csr__isnull", False),
                    ("alarm__isnull", False),
                    ("customer__isnull", False),
                    ("push_certificate__isnull", False),
                    _connector="OR",
                ),
                name="mail_is_about_something",
            ),
        ),
        # Last, so that on the way back it is the first.
        migrations.RunPython(migrations.RunPython.noop, forget_new_mails),
    ]
