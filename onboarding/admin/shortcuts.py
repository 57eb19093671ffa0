"""What staff begin from their first page: a row for each, shown to who may."""

from dataclasses import dataclass

from django.urls import reverse

from onboarding.models import User


@dataclass(frozen=True, slots=True)
class Shortcut:
    title: str
    aside: str
    address: str


# Permission, name of the page, title, and a few words on it.
_ROWS = (
    (
        "view_customer",
        "admin:onboarding_customer_changelist",
        "Customers",
        "find one, see all of it",
    ),
    (
        "add_customer",
        "admin:onboarding_customer_add",
        "New customer",
        "its record, then its people",
    ),
    (
        "import_customers",
        "admin:onboarding_customerimport_add",
        "Import",
        "customers and certificates from before",
    ),
    (
        "view_campaign",
        "admin:onboarding_campaign_changelist",
        "Campaigns",
        "the renewal mail to many, and who reacted",
    ),
    (
        "read_reports",
        "admin:onboarding_report_index",
        "Reports",
        "all customers, and counts per month",
    ),
    (
        "view_standingapproval",
        "admin:onboarding_standingapproval_changelist",
        "Standing approvals",
        "renewals that approve themselves",
    ),
    ("view_event", "admin:onboarding_event_changelist", "Audit trail", "who did what, and when"),
)


def of(by: User) -> list[Shortcut]:
    """Those that this person may take."""
    return [
        Shortcut(title, aside, reverse(page))
        for permission, page, title, aside in _ROWS
        if by.has_perm(f"onboarding.{permission}")
    ]
