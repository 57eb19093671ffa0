"""SQLite's INSERT OR REPLACE deletes without a trigger: for Events and seals it is refused, too."""

from django.db import migrations

# Table -> what makes a row the same as one that is there.
SAME = {
    "onboarding_event": "id = NEW.id",
    "onboarding_eventseal": "seq = NEW.seq OR event_id = NEW.event_id",
}


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    for table, is_same in SAME.items():
        schema_editor.execute(
            # Names from above.
            f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table}"  # noqa: S608
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {is_same})"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    for table in SAME:
        schema_editor.execute(f"DROP TRIGGER {table}_refuses_replace")


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0042_names_of_lists")]

    operations = [migrations.RunPython(add, remove)]
