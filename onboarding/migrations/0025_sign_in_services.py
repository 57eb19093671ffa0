"""Sign-in services of organisations, and their domains."""

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import onboarding.models.sign_in_service


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0024_chain_of_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignInService",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="As its people know it; it stands on the button.", max_length=60
                    ),
                ),
                (
                    "issuer",
                    models.CharField(
                        help_text="Where /.well-known/openid-configuration is found, without that ending.",
                        max_length=200,
                        validators=[onboarding.models.sign_in_service.demand_issuer],
                    ),
                ),
                ("client_id", models.CharField(max_length=200, verbose_name="client id")),
                ("sealed_client_secret", models.TextField(editable=False)),
                (
                    "is_for_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Whoever runs the service can then sign in as any of your staff of its domains.",
                        verbose_name="signs in vendor staff",
                    ),
                ),
                (
                    "demands_second_factor",
                    models.BooleanField(
                        default=False,
                        help_text="The service lets nobody in without one, so staff need none here.",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Clear this to go back to passwords and passkeys.",
                        verbose_name="active",
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-in service",
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="SignInDomain",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        max_length=253,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(?!-)[a-z0-9-]+(\\.[a-z0-9-]+)+$",
                                "In small letters, as in acme.example.",
                            )
                        ],
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="domains",
                        to="onboarding.signinservice",
                    ),
                ),
            ],
            options={
                "verbose_name": "domain",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", django.db.models.functions.text.Lower("name"))),
                        name="sign_in_domain_is_in_small_letters",
                    )
                ],
            },
        ),
    ]
