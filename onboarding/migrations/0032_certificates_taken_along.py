"""When a certificate, with its key where that is kept here, was first taken to an MDM server."""

from django.db import migrations, models
from django.db.models import F


def count_as_taken(apps, schema_editor):
    """Nobody noted it before, and nobody is asked about what has long been in use."""
    certificates = apps.get_model("onboarding", "PushCertificate").objects
    certificates.using(schema_editor.connection.alias).update(taken_along_at=F("activated_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0031_fewer_indexes_of_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="pushcertificate",
            name="taken_along_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="taken along"),
        ),
        migrations.RunPython(count_as_taken, migrations.RunPython.noop),
    ]
