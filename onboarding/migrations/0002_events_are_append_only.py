"""Events refuse UPDATE, DELETE and TRUNCATE in the database itself, whoever sends them."""

from django.db import migrations

SQLITE = [
    f"""
    CREATE TRIGGER onboarding_event_refuses_{verb} BEFORE {verb} ON onboarding_event
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
    """
    for verb in ("update", "delete")
]
POSTGRESQL = [
    """
    CREATE FUNCTION onboarding_event_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'events are append-only'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER onboarding_event_refuses BEFORE UPDATE OR DELETE ON onboarding_event
    FOR EACH ROW EXECUTE FUNCTION onboarding_event_refuses()
    """,
    """
    CREATE TRIGGER onboarding_event_refuses_truncate BEFORE TRUNCATE ON onboarding_event
    FOR EACH STATEMENT EXECUTE FUNCTION onboarding_event_refuses()
    """,
]


def add(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER onboarding_event_refuses_{verb}")
    else:
        for trigger in ("onboarding_event_refuses", "onboarding_event_refuses_truncate"):
            schema_editor.execute(f"DROP TRIGGER {trigger} ON onboarding_event")
        schema_editor.execute("DROP FUNCTION onboarding_event_refuses()")


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]
