"""A mail that the server refuses is tried later and later, is given up, and alarms staff."""

from django.db import migrations, models


def forget_new_alarms(apps, schema_editor):
    """Back to the release before, which does not know them."""
    alias = schema_editor.connection.alias
    apps.get_model("onboarding", "Mail").objects.using(alias).filter(
        alarm__kind="mail_refused"
    ).delete()
    apps.get_model("onboarding", "Alarm").objects.using(alias).filter(kind="mail_refused").delete()
    if schema_editor.connection.vendor == "postgresql":
        # What was deleted is still to be checked, and until then the table cannot be altered.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0044_people_by_address"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="alarm",
            name="alarm_kind_is_known",
        ),
        migrations.RemoveIndex(
            model_name="mail",
            name="mails_not_yet_sent",
        ),
        migrations.AddField(
            model_name="mail",
            name="not_before",
            field=models.DateTimeField(null=True, verbose_name="tried again"),
        ),
        migrations.AddField(
            model_name="mail",
            name="put_aside_at",
            field=models.DateTimeField(null=True, verbose_name="put aside"),
        ),
        migrations.AddField(
            model_name="mail",
            name="refusals",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="mail",
            name="refused_at",
            field=models.DateTimeField(null=True, verbose_name="given up"),
        ),
        migrations.AlterField(
            model_name="alarm",
            name="kind",
            field=models.CharField(
                choices=[
                    ("identity_unfit", "Nothing can be signed"),
                    ("cap_reached", "Daily cap reached"),
                    ("vendor_ending", "Vendor certificate ends"),
                    ("stuck", "Waits too long"),
                    ("store_differs", "Files and database differ"),
                    ("trail", "Audit trail"),
                    ("unreached", "Nobody is told of an end"),
                    ("unanswered", "Sign-in at Apple not answered"),
                    ("account_lost", "Nobody can sign in at Apple"),
                    ("mail_refused", "Mail is refused"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                condition=models.Q(("refused_at__isnull", True), ("sent_at__isnull", True)),
                fields=["queued_at"],
                name="mails_to_be_sent",
            ),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                condition=models.Q(("put_aside_at__isnull", True), ("refused_at__isnull", False)),
                fields=["refused_at"],
                name="mails_refused",
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
                            "trail",
                            "unreached",
                            "unanswered",
                            "account_lost",
                            "mail_refused",
                        ],
                    )
                ),
                name="alarm_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("put_aside_at__isnull", True), ("refused_at__isnull", False), _connector="OR"
                ),
                name="mail_put_aside_was_refused",
            ),
        ),
        # Last, so that on the way back it is the first.
        migrations.RunPython(migrations.RunPython.noop, forget_new_alarms),
    ]
