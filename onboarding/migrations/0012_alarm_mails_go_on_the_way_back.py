"""Back to the release before: its mails are about CSRs, and those about alarms go."""

from django.db import migrations


def forget_alarm_mails(apps, schema_editor):
    mails = apps.get_model("onboarding", "Mail").objects.using(schema_editor.connection.alias)
    # The alarms themselves go with their table. Their Events stay, and say what was raised.
    mails.filter(alarm__isnull=False).delete()


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0011_keys_still_to_go")]

    operations = [migrations.RunPython(migrations.RunPython.noop, forget_alarm_mails)]
