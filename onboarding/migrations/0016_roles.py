"""Staff get roles; whoever was in the one group of before belongs to those that do its work."""

from django.db import migrations

from onboarding import roles

BEFORE = "Vendor staff"
# What that group could do is split among these: decide, keep records, ask people.
HEIRS = ("Approver", "Operator", "Support")
SEEN = (
    "alarm",
    "applecertificate",
    "approval",
    "contact",
    "csr",
    "customer",
    "event",
    "export",
    "mail",
    "membership",
    "pushcertificate",
    "storeverification",
    "user",
    "vendorcertificate",
)
VIEWS = [*(f"view_{noun}" for noun in SEEN), "read_reports"]
RIGHTS = {
    "Approver": [*VIEWS, "approve_csr", "ask_customer", "withdraw_csr", "override_topic"],
    "Operator": [
        *VIEWS,
        *(
            f"{verb}_{noun}"
            for noun in ("contact", "customer", "membership")
            for verb in ("add", "change", "delete")
        ),
        "act_for_customer",
        "add_user",
        "change_user",
        "close_alarm",
        "close_customer",
        "destroy_key",
        "import_customers",
        "invite_people",
        "manage_identities",
        "read_audit",
        "remind_customers",
        "revoke_certificate",
        "set_approvals",
        "withdraw_csr",
    ],
    "Support": [*VIEWS, "invite_people", "remind_customers"],
    "Auditor": [*VIEWS, "read_audit"],
}


def make_roles(apps, schema_editor):
    roles.grant(apps, schema_editor, RIGHTS)
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    before = groups.filter(name=BEFORE).first()
    if before is None:
        # Whoever renamed the group has made roles of their own, and keeps them.
        return
    people = list(before.user_set.values_list("pk", flat=True))
    # A group from which the right to approve was taken does not get it back this way.
    may_approve = before.permissions.filter(codename="approve_csr").exists()
    for heir in groups.filter(name__in=HEIRS if may_approve else HEIRS[1:]):
        heir.user_set.add(*people)
    inherited = {name for heir in HEIRS for name in RIGHTS[heir]}
    before.permissions.remove(*before.permissions.filter(codename__in=inherited))
    if not before.permissions.exists():
        # Rights that someone added by hand stay with the old group, and its people in it.
        before.delete()


def join_again(apps, schema_editor):
    """Back to the release before: who has all three roles is in the one group again."""
    alias = schema_editor.connection.alias
    inherited = [name for heir in HEIRS for name in RIGHTS[heir]]
    roles.grant(apps, schema_editor, {BEFORE: inherited})
    people = apps.get_model("onboarding", "User").objects.using(alias)
    for heir in HEIRS:
        people = people.filter(groups__name=heir)
    group = apps.get_model("auth", "Group").objects.using(alias).get(name=BEFORE)
    group.user_set.add(*people.distinct())


OPTIONS = {
    "alarm": {
        "ordering": ["-raised_at", "-id"],
        "permissions": [("close_alarm", "Can close alarms by hand")],
    },
    "csr": {
        "ordering": ["-requested_at", "-id"],
        "permissions": [
            ("approve_csr", "Can approve and reject CSRs"),
            ("ask_customer", "Can ask a customer about its CSR"),
            ("withdraw_csr", "Can withdraw a customer's CSR"),
            ("destroy_key", "Can have a push key destroyed at its customer's wish"),
        ],
        "verbose_name": "CSR",
        "verbose_name_plural": "CSRs",
    },
    "customer": {
        "ordering": ["name", "id"],
        "permissions": [
            ("act_for_customer", "Can ask for CSRs and bring certificates for a customer"),
            ("close_customer", "Can close a customer"),
            ("import_customers", "Can import customers and certificates"),
            ("invite_people", "Can invite people of customers"),
            ("read_reports", "Can read and download reports"),
            ("remind_customers", "Can send reminders and campaigns"),
            ("set_approvals", "Can set how many people approve a customer's CSRs"),
        ],
    },
    "event": {
        "ordering": ["at", "id"],
        "permissions": [("read_audit", "Can export the trail and see its verifications")],
    },
    "pushcertificate": {
        "ordering": ["not_after", "id"],
        "permissions": [
            ("override_topic", "Can let a certificate with another topic in"),
            ("revoke_certificate", "Can mark push certificates as revoked"),
        ],
    },
    "vendorcertificate": {
        "ordering": ["-not_after", "id"],
        "permissions": [("manage_identities", "Can manage signing identities")],
    },
}


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0015_mails_about_more_and_readers_languages")]

    operations = [
        *(migrations.AlterModelOptions(name, options) for name, options in OPTIONS.items()),
        migrations.RunPython(make_roles, join_again),
    ]
