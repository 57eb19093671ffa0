"""Another topic than the one to be renewed: noted, and allowed by staff; with its mails."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0017_invitations"),
    ]

    operations = [
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
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="TopicChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("topic", models.CharField(max_length=255, verbose_name="new topic")),
                ("serial", models.CharField(max_length=64, verbose_name="serial number")),
                ("not_after", models.DateTimeField(verbose_name="valid until")),
                (
                    "fingerprint_sha256",
                    models.CharField(max_length=64, verbose_name="fingerprint, SHA-256"),
                ),
                ("noted_at", models.DateTimeField(verbose_name="uploaded")),
                ("wanted_at", models.DateTimeField(null=True, verbose_name="asked for")),
                ("allowed_at", models.DateTimeField(null=True, verbose_name="allowed")),
                (
                    "csr",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="topic_changes",
                        to="onboarding.csr",
                        verbose_name="CSR",
                    ),
                ),
                (
                    "noted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
                (
                    "wanted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="meant, says",
                    ),
                ),
            ],
            options={
                "ordering": ["-noted_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="TopicChangeApproval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField()),
                ("given_at", models.DateTimeField()),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "topic_change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approvals",
                        to="onboarding.topicchange",
                    ),
                ),
            ],
            options={
                "ordering": ["given_at", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="topicchange",
            index=models.Index(
                condition=models.Q(("allowed_at__isnull", True), ("wanted_at__isnull", False)),
                fields=["wanted_at"],
                name="topic_changes_to_decide",
            ),
        ),
        migrations.AddConstraint(
            model_name="topicchange",
            constraint=models.UniqueConstraint(
                fields=("csr", "topic"), name="one_change_per_csr_and_topic"
            ),
        ),
        migrations.AddConstraint(
            model_name="topicchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("wanted_at__isnull", True), ("wanted_by__isnull", True)),
                    models.Q(("wanted_at__isnull", False), ("wanted_by__isnull", False)),
                    _connector="OR",
                ),
                name="wanted_topic_change_has_its_asker",
            ),
        ),
        migrations.AddConstraint(
            model_name="topicchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("topic__startswith", "com.apple.mgmt.")),
                name="changed_topic_is_an_mdm_topic",
            ),
        ),
        migrations.AddConstraint(
            model_name="topicchangeapproval",
            constraint=models.UniqueConstraint(
                fields=("topic_change", "staff"), name="one_yes_per_person_and_topic_change"
            ),
        ),
        migrations.AddConstraint(
            model_name="topicchangeapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="topic_change_has_a_reason"
            ),
        ),
    ]
