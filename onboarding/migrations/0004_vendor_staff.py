"""The group that vendor staff belong to: they see all, decide, and keep customers' records."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

NAME = "Vendor staff"
SEEN = (
    "applecertificate",
    "approval",
    "contact",
    "csr",
    "customer",
    "event",
    "mail",
    "membership",
    "pushcertificate",
    "user",
    "vendorcertificate",
)
KEPT = ("contact", "customer", "membership")
PERMISSIONS = (
    *(f"view_{noun}" for noun in SEEN),
    "approve_csr",
    *(f"{verb}_{noun}" for noun in KEPT for verb in ("add", "change", "delete")),
    "add_user",
    "change_user",
)


def make_group(apps, schema_editor):
    alias = schema_editor.connection.alias
    # Django makes permissions only after all migrations have run, and these are needed now.
    config = apps.get_app_config("onboarding")
    # In a migration the app is a stub, and Django passes over apps that seem to have no models.
    known = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, verbosity=0, using=alias, apps=apps)
    config.models_module = known
    group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=NAME)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    group.permissions.add(
        *permissions.filter(content_type__app_label="onboarding", codename__in=PERMISSIONS)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0003_cache_table"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    # Going back leaves the group: people belong to it.
    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]
