"""A comparison goes on after any name that others may have given to a file, however long."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0012_alarm_mails_go_on_the_way_back")]

    operations = [
        migrations.AlterField(
            model_name="storeverification",
            name="after",
            field=models.TextField(blank=True),
        ),
    ]
