"""Keys that are to be destroyed and are not gone yet are found without reading all CSRs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0010_pulses")]

    operations = [
        migrations.AddIndex(
            model_name="csr",
            index=models.Index(
                condition=models.Q(
                    ("key_destroyed_at__isnull", False), ("key_gone_at__isnull", True)
                ),
                fields=["key_destroyed_at"],
                name="keys_still_to_go",
            ),
        ),
    ]
