"""Indexes by which the staff's lists are ordered, filtered and searched."""

from django.db import migrations, models
from django.db.models import Q

# As `onboarding/admin/words.py` asks for them.
SEPARATORS = "@.-_+/:,;&()''\"\\"
BLANKS = " " * (len(SEPARATORS) - 1)
SEARCHED = {
    "customer": ("name", "apple_account"),
    "pushcertificate": ("topic", "serial", "apple_account"),
    "user": ("name", "email"),
}


def add(apps, schema_editor):
    """In PostgreSQL alone: SQLite looks at all rows."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for noun, columns in SEARCHED.items():
        text = " || ' ' || ".join(columns)
        schema_editor.execute(
            f"CREATE INDEX {noun}s_by_words ON onboarding_{noun} USING gin (to_tsvector('simple',"
            f" translate(replace({text}, 'com.apple.mgmt.External.', ' '),"
            f" '{SEPARATORS}', '{BLANKS}')))"
        )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for noun in SEARCHED:
            schema_editor.execute(f"DROP INDEX {noun}s_by_words")


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0029_mails_about_people"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="csr",
            index=models.Index(fields=["origin", "-requested_at", "-id"], name="csrs_by_origin"),
        ),
        migrations.AddIndex(
            model_name="pushcertificate",
            index=models.Index(
                fields=["state", "not_after", "id"], name="certificates_by_state_and_end"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["created_at"], name="customers_by_age"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["name", "id"],
                condition=Q(closed_at__isnull=False),
                name="closed_customers_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                fields=["email"], condition=Q(is_staff=True), name="staff_by_address"
            ),
        ),
        migrations.RunPython(add, remove),
    ]
