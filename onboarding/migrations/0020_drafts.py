"""What is chosen and typed on the way to a CSR."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0019_staff_see_topic_changes")]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("made_here", "Made here; the portal keeps the sealed key"),
                            ("uploaded", "Uploaded; the customer keeps the key"),
                        ],
                        max_length=10,
                    ),
                ),
                ("apple_account", models.CharField(blank=True, max_length=254)),
                ("second_contact", models.CharField(blank=True, max_length=254)),
                ("email", models.CharField(blank=True, max_length=255)),
                ("pasted", models.TextField(blank=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="onboarding.customer",
                    ),
                ),
                (
                    "renews",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="onboarding.pushcertificate",
                    ),
                ),
            ],
            options={
                "ordering": ["-changed_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("renews__isnull", False)),
                        fields=("renews",),
                        name="one_draft_per_renewal",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("renews__isnull", True)),
                        fields=("customer",),
                        name="one_draft_of_a_new_certificate_per_customer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("way__in", ["", "made_here", "uploaded"])),
                        name="draft_way_is_known",
                    ),
                ],
            },
        ),
    ]
