"""An Event stands in the indexes that can find it, and in no others: every verb pays for them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

REFERENCES = {
    "actor": settings.AUTH_USER_MODEL,
    "customer": "onboarding.customer",
    "csr": "onboarding.csr",
    "push_certificate": "onboarding.pushcertificate",
    "vendor_certificate": "onboarding.vendorcertificate",
}


def drop(apps, schema_editor):
    """Each alone: through the column SQLite would copy the table, and lose its triggers."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "onboarding_event")
    for name, one in found.items():
        is_of_column = len(one["columns"] or ()) == 1 and one["columns"][0][:-3] in REFERENCES
        if one["index"] and is_of_column and not name.startswith("events_by_"):
            schema_editor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")


def restore(apps, schema_editor):
    for name in REFERENCES:
        schema_editor.execute(
            f"CREATE INDEX onboarding_event_{name}_id ON onboarding_event ({name}_id)"
        )


def index(name, *fields):
    return migrations.AddIndex(
        model_name="event",
        index=models.Index(
            fields=fields, condition=Q(**{f"{fields[0]}__isnull": False}), name=name
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0030_lists_of_many"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop, restore)],
            state_operations=[
                migrations.AlterField(
                    model_name="event",
                    name=name,
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to=to,
                    ),
                )
                for name, to in REFERENCES.items()
            ],
        ),
        index("events_by_actor", "actor", "at", "id"),
        index("events_by_customer", "customer", "at", "id"),
        index("events_by_csr", "csr"),
        index("events_by_push_certificate", "push_certificate"),
    ]
