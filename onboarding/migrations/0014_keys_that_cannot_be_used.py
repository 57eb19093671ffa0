"""Which push keys could not be used when they were last tried, and why: one alarm counts them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0013_any_name_of_a_file")]

    operations = [
        migrations.AddField(
            model_name="csr",
            name="key_trouble",
            field=models.TextField(blank=True, db_default="", editable=False),
        ),
        migrations.AddIndex(
            model_name="csr",
            index=models.Index(
                condition=models.Q(("key_trouble", ""), _negated=True),
                fields=["requested_at"],
                name="keys_that_cannot_be_used",
            ),
        ),
    ]
