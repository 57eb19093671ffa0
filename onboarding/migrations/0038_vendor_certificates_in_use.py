"""When a signer last would have signed with a vendor certificate."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0037_campaigns")]

    operations = [
        migrations.AddField(
            model_name="vendorcertificate",
            name="used_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, verbose_name="last in use"
            ),
        ),
    ]
