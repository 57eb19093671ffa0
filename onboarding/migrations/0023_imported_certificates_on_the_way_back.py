"""The way back gives imported certificates a withdrawn CSR each, which that release demands.

On its own, for PostgreSQL changes no table whose rows were changed in the same transaction.
The roles may do what is new.
"""

from django.db import migrations
from django.utils import timezone

from onboarding import roles

SEEN = ("view_attachment", "view_note")
RIGHTS = {
    "Approver": [*SEEN, "annotate_customer"],
    "Operator": [*SEEN, "annotate_customer"],
    "Support": [*SEEN, "annotate_customer"],
    "Auditor": [*SEEN],
}
# Nobody can have this address.
NOBODY = "imported@portal.invalid"


def allow(apps, schema_editor):
    roles.grant(apps, schema_editor, RIGHTS)


def let_go_of_stand_ins(apps, schema_editor):
    alias = schema_editor.connection.alias
    stand_ins = apps.get_model("onboarding", "CSR").objects.using(alias)
    stand_ins = stand_ins.filter(requested_by__email=NOBODY)
    certificates = apps.get_model("onboarding", "PushCertificate").objects.using(alias)
    certificates.filter(csr__in=stand_ins).update(csr=None)
    stand_ins.delete()
    apps.get_model("onboarding", "User").objects.using(alias).filter(email=NOBODY).delete()


def make_stand_ins(apps, schema_editor):
    alias = schema_editor.connection.alias
    certificates = apps.get_model("onboarding", "PushCertificate").objects.using(alias)
    imported = certificates.filter(csr__isnull=True)
    if not imported.exists():
        return
    nobody, _ = (
        apps.get_model("onboarding", "User")
        .objects.using(alias)
        .get_or_create(
            email=NOBODY, defaults={"name": "Imported", "password": "!", "is_active": False}
        )
    )
    now = timezone.now()
    for certificate in imported:
        certificate.csr = (
            apps.get_model("onboarding", "CSR")
            .objects.using(alias)
            .create(
                customer_id=certificate.customer_id,
                state="withdrawn",
                state_since=now,
                requested_at=now,
                requested_by=nobody,
                origin="uploaded",
            )
        )
        certificate.save(update_fields=["csr"])


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0022_customers_kept_whole")]

    # Going back leaves the permissions: their models are gone, and with them what they allow.
    operations = [
        migrations.RunPython(allow, migrations.RunPython.noop),
        migrations.RunPython(let_go_of_stand_ins, make_stand_ins),
    ]
