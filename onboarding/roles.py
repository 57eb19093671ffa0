"""The roles of the vendor's staff: groups, made by migrations, and what each of them may do."""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.management import create_permissions

APPROVER = "Approver"
OPERATOR = "Operator"
SUPPORT = "Support"
AUDITOR = "Auditor"

# Each of these nouns can be seen by every role.
SEEN = (
    "alarm",
    "applecertificate",
    "approval",
    "attachment",
    "campaign",
    "contact",
    "csr",
    "customer",
    "customerimport",
    "event",
    "export",
    "invitation",
    "mail",
    "membership",
    "note",
    "phrase",
    "pushcertificate",
    "reminder",
    "signinquestion",
    "standingapproval",
    "standinguse",
    "storeverification",
    "topicchange",
    "user",
    "vendorcertificate",
)
# An operator keeps the records of customers and their people.
KEPT = ("contact", "customer", "membership")
_VIEWS = frozenset(f"view_{noun}" for noun in SEEN) | {"read_reports"}

# What stands here and what the migrations gave is the same, which a test compares.
ROLES: Mapping[str, frozenset[str]] = {
    APPROVER: _VIEWS
    | {"annotate_customer", "approve_csr", "ask_customer", "withdraw_csr", "override_topic"}
    | {"add_phrase", "change_phrase", "delete_phrase"},
    OPERATOR: _VIEWS
    | {f"{verb}_{noun}" for noun in KEPT for verb in ("add", "change", "delete")}
    | {
        "act_for_customer",
        "add_user",
        "annotate_customer",
        "change_user",
        "close_alarm",
        "close_customer",
        "destroy_key",
        "import_customers",
        "invite_people",
        "manage_identities",
        "read_audit",
        "remind_customers",
        "reset_second_factor",
        "revoke_certificate",
        "set_approvals",
        "withdraw_csr",
    },
    SUPPORT: _VIEWS | {"annotate_customer", "invite_people", "remind_customers"},
    AUDITOR: _VIEWS | {"read_audit"},
}


def grant(apps: Any, schema_editor: Any, rights: Mapping[str, Collection[str]]) -> None:
    """In a migration: make the groups that are missing, and give each these permissions.

    Any: what Django hands to a migration's function.
    """
    alias = schema_editor.connection.alias
    make_permissions(apps, alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    groups = apps.get_model("auth", "Group").objects.using(alias)
    for role, codenames in rights.items():
        group, _ = groups.get_or_create(name=role)
        group.permissions.add(
            *permissions.filter(content_type__app_label="onboarding", codename__in=codenames)
        )


def make_permissions(apps: Any, alias: str) -> None:
    """Django makes permissions only after all migrations have run; a migration needs them now.

    Any: the stubs of the applications that Django hands to a migration's function.
    """
    config = apps.get_app_config("onboarding")
    # In a migration the app is a stub, and Django passes over apps that seem to have no models.
    known = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, verbosity=0, using=alias, apps=apps)
    config.models_module = known
