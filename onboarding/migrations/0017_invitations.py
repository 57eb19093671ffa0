"""Invitations by mail, and the mails that tell of people."""

import uuid

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from onboarding import roles

ROLES = ("Approver", "Operator", "Support", "Auditor")
MEMBERSHIPS = [("admin", "Admin"), ("reader", "Reader")]


def allow(apps, schema_editor):
    """Every role sees who is invited; who may invite has that right already."""
    seen = {name: ["view_invitation"] for name in ROLES}
    roles.grant(apps, schema_editor, seen)


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0016_roles"),
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
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("role", models.CharField(choices=MEMBERSHIPS, max_length=10)),
                ("invited_at", models.DateTimeField()),
                ("link", models.PositiveIntegerField(default=1)),
                ("link_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations_accepted",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="onboarding.customer",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations_sent",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["invited_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("customer"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                        name="one_open_invitation_per_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(accepted_at__isnull=True)
                        | models.Q(withdrawn_at__isnull=True),
                        name="invitation_ends_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(accepted_at__isnull=True, accepted_by__isnull=True)
                        | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                        name="invitation_is_accepted_by_someone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(role__in=["admin", "reader"]),
                        name="invitation_role_is_known",
                    ),
                ],
            },
        ),
        # Going back leaves the permissions: their model is gone, and with it what they allow.
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
