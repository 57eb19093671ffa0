"""The table behind the cache, in which sign-in limits are counted for all web workers."""

from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0002_events_are_append_only")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
