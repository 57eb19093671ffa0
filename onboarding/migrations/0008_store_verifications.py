"""Comparisons of database and file storage."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0007_custody"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoreVerification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("part", models.CharField(blank=True, max_length=40)),
                ("after", models.CharField(blank=True, max_length=200)),
                ("checked", models.JSONField(default=dict)),
                ("findings", models.JSONField(default=list)),
                ("differences", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ["-started_at", "-id"],
            },
        ),
    ]
