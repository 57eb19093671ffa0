"""A customer's calendar, the yearly question, and the alarms that come of what nobody hears."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def forget_new_kinds(apps, schema_editor):
    """Back to the release before, which knows neither these mails nor these alarms."""
    alias = schema_editor.connection.alias
    mails = apps.get_model("onboarding", "Mail").objects.using(alias)
    alarms = apps.get_model("onboarding", "Alarm").objects.using(alias)
    new = ("unreached", "unanswered", "account_lost")
    mails.filter(kind="question").delete()
    mails.filter(alarm__kind__in=new).delete()
    alarms.filter(kind__in=new).delete()
    if schema_editor.connection.vendor == "postgresql":
        # What was deleted is still to be checked, and until then the table cannot be altered.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0026_customer_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="calendar_feed",
                        serialize=False,
                        to="onboarding.customer",
                    ),
                ),
                ("secret_sha256", models.CharField(max_length=64, unique=True)),
                ("language", models.CharField(blank=True, db_default="", max_length=10)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SignInQuestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("asked_again_at", models.DateTimeField(null=True, verbose_name="asked again")),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("yes", "Can sign in"), ("no", "Cannot sign in any more")],
                        db_default="",
                        max_length=3,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered")),
                (
                    "answered_by",
                    models.CharField(blank=True, db_default="", max_length=255, verbose_name="by"),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="alarm",
            name="alarm_kind_is_known",
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
                ],
                max_length=20,
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
                    ("revoked", "Certificate revoked"),
                    ("alarm", "Alarm"),
                    ("invitation", "Invitation"),
                    ("joined", "Invitation accepted"),
                    ("role_changed", "Role changed"),
                    ("removed", "Access ended"),
                    ("topic_change", "Another topic, to be decided"),
                    ("topic_allowed", "Another topic allowed"),
                    ("reminder", "Reminder before the end"),
                    ("question", "Sign-in at Apple"),
                ],
                max_length=20,
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
                        ],
                    )
                ),
                name="alarm_kind_is_known",
            ),
        ),
        migrations.AddField(
            model_name="calendarfeed",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="signinquestion",
            name="push_certificate",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sign_in_question",
                to="onboarding.pushcertificate",
            ),
        ),
        migrations.AddIndex(
            model_name="signinquestion",
            index=models.Index(
                condition=models.Q(("answer", "no")),
                fields=["answered_at"],
                name="accounts_that_are_lost",
            ),
        ),
        migrations.AddIndex(
            model_name="signinquestion",
            index=models.Index(
                condition=models.Q(("answer", "")),
                fields=["asked_at"],
                name="questions_without_an_answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="signinquestion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at__isnull", True)),
                    models.Q(("answer__in", ["yes", "no"]), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="question_has_its_answer",
            ),
        ),
        # Last, so that on the way back it is the first.
        migrations.RunPython(migrations.RunPython.noop, forget_new_kinds),
    ]
