"""Other topics, and CSRs that approved themselves, are called so on their lists."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0041_closed_customer_mails"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="standinguse",
            options={
                "ordering": ["-used_at", "-id"],
                "verbose_name": "CSR that approved itself",
                "verbose_name_plural": "CSRs that approved themselves",
            },
        ),
        migrations.AlterModelOptions(
            name="topicchange",
            options={"ordering": ["-noted_at", "-id"], "verbose_name": "other topic"},
        ),
    ]
