"""Events get a chain of seals, signed heads and verifications, and say from where they came."""

import django.db.models.deletion
from django.db import migrations, models

# Every Event waits for its seal from the moment it is written, whoever writes it.
SQLITE = [
    """
    CREATE TRIGGER onboarding_event_waits AFTER INSERT ON onboarding_event
    BEGIN INSERT INTO onboarding_unsealedevent (event_id) VALUES (NEW.id); END
    """,
    *(
        f"""
        CREATE TRIGGER onboarding_eventseal_refuses_{verb} BEFORE {verb} ON onboarding_eventseal
        BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END
        """
        for verb in ("update", "delete")
    ),
]
POSTGRESQL = [
    """
    CREATE FUNCTION onboarding_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO onboarding_unsealedevent (event_id) SELECT id FROM written;
        RETURN NULL;
    END $$
    """,
    # Once for each statement: the signer writes hundreds of Events in one.
    """
    CREATE TRIGGER onboarding_event_waits AFTER INSERT ON onboarding_event
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION onboarding_event_waits()
    """,
    """
    CREATE FUNCTION onboarding_eventseal_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'seals are append-only'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER onboarding_eventseal_refuses BEFORE UPDATE OR DELETE ON onboarding_eventseal
    FOR EACH ROW EXECUTE FUNCTION onboarding_eventseal_refuses()
    """,
    """
    CREATE TRIGGER onboarding_eventseal_refuses_truncate BEFORE TRUNCATE ON onboarding_eventseal
    FOR EACH STATEMENT EXECUTE FUNCTION onboarding_eventseal_refuses()
    """,
]
WHAT_WAS_WRITTEN_BEFORE = """
    INSERT INTO onboarding_unsealedevent (event_id) SELECT id FROM onboarding_event
"""


def add(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)
    schema_editor.execute(WHAT_WAS_WRITTEN_BEFORE)


def remove(apps, schema_editor):
    """Those of the table of seals go with their table."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER onboarding_event_waits")
        return
    schema_editor.execute("DROP TRIGGER onboarding_event_waits ON onboarding_event")
    schema_editor.execute("DROP FUNCTION onboarding_event_waits()")
    schema_editor.execute("DROP FUNCTION onboarding_eventseal_refuses() CASCADE")


def forget_new_alarms(apps, schema_editor):
    """Back to the release before, which has no such alarms."""
    alias = schema_editor.connection.alias
    apps.get_model("onboarding", "Mail").objects.using(alias).filter(alarm__kind="trail").delete()
    apps.get_model("onboarding", "Alarm").objects.using(alias).filter(kind="trail").delete()
    if schema_editor.connection.vendor == "postgresql":
        # What was deleted is still to be checked, and until then the table cannot be altered.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0023_imported_certificates_on_the_way_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="address",
            field=models.CharField(max_length=45, null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="user_agent",
            field=models.CharField(max_length=200, null=True),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["verb", "at", "id"], name="events_by_verb"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("address__isnull", False)),
                fields=["address", "at"],
                name="events_by_address",
            ),
        ),
        migrations.CreateModel(
            name="EventSeal",
            fields=[
                (
                    "seq",
                    models.BigIntegerField(
                        primary_key=True, serialize=False, verbose_name="number"
                    ),
                ),
                ("version", models.PositiveSmallIntegerField()),
                ("sealed_at", models.DateTimeField()),
                ("hash", models.BinaryField(max_length=32)),
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seal",
                        to="onboarding.event",
                    ),
                ),
            ],
            options={"ordering": ["seq"]},
        ),
        migrations.CreateModel(
            name="UnsealedEvent",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="waiting",
                        serialize=False,
                        to="onboarding.event",
                    ),
                ),
            ],
            options={"ordering": ["event_id"]},
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField(unique=True, verbose_name="number")),
                ("hash", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField(verbose_name="made")),
                ("key_id", models.CharField(max_length=16, verbose_name="key")),
                ("document", models.TextField()),
            ],
            options={"ordering": ["-seq"]},
        ),
        migrations.CreateModel(
            name="HeadDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.CharField(max_length=200)),
                ("owed_at", models.DateTimeField()),
                ("delivered_at", models.DateTimeField(null=True)),
                ("failure", models.CharField(blank=True, max_length=200)),
                (
                    "head",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="onboarding.audithead",
                    ),
                ),
            ],
            options={
                "ordering": ["owed_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("delivered_at__isnull", True)),
                        fields=["owed_at"],
                        name="heads_not_yet_delivered",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("head", "place"), name="one_delivery_per_head_and_place"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditVerification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("after", models.BigIntegerField(default=0)),
                ("progress", models.JSONField(default=dict)),
                ("findings", models.JSONField(default=list)),
                ("found", models.PositiveIntegerField(default=0)),
                ("heads", models.PositiveIntegerField(default=0)),
            ],
            options={"ordering": ["-started_at", "-id"]},
        ),
        migrations.RunPython(add, remove),
        migrations.RemoveConstraint(model_name="alarm", name="alarm_kind_is_known"),
        migrations.AlterField(
            model_name="alarm",
            name="kind",
            field=models.CharField(
                choices=[
                    ("identity_unfit", "Nothing can be signed"),
                    ("cap_reached", "Daily cap reached"),
                    ("vendor_ending", "Vendor certificate ends"),
                    ("stuck", "Waits too long"),
                    ("store_differs", "Files and database differ"),
                    ("trail", "Audit trail"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "identity_unfit",
                            "cap_reached",
                            "vendor_ending",
                            "stuck",
                            "store_differs",
                            "trail",
                        ],
                    )
                ),
                name="alarm_kind_is_known",
            ),
        ),
        # Last, so that on the way back it is the first.
        migrations.RunPython(migrations.RunPython.noop, forget_new_alarms),
    ]
