"""Vendor staff see alarms, exports and comparisons of the storage, too."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Vendor staff"
PERMISSIONS = ("view_alarm", "view_export", "view_storeverification")


def allow(apps, schema_editor):
    alias = schema_editor.connection.alias
    # Django makes permissions only after all migrations have run, and these are needed now.
    config = apps.get_app_config("onboarding")
    # In a migration the app is a stub, and Django passes over apps that seem to have no models.
    known = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, verbosity=0, using=alias, apps=apps)
    config.models_module = known
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    found = permissions.filter(content_type__app_label="onboarding", codename__in=PERMISSIONS)
    # Whoever renamed or removed the group has made roles of their own.
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=GROUP):
        group.permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0008_store_verifications")]

    # Going back leaves the permissions: their models are gone, and with them what they allow.
    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
