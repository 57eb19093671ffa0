"""What Unfold asks for: the sidebar, the tabs over the CSRs, our style sheet."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from onboarding.admin import csr_list
from onboarding.admin.filters import ALL
from onboarding.models import CSR, Alarm, TopicChange

# More are not told apart: each page of the staff counts them.
_COUNTED = 999
_NAVIGATION = (
    (
        "",
        (
            ("CSRs", "onboarding.csr", "approval"),
            ("Alarms", "onboarding.alarm", "notifications"),
            ("Push certificates", "onboarding.pushcertificate", "verified"),
            ("Other topics", "onboarding.topicchange", "alt_route"),
            ("Customers", "onboarding.customer", "domain"),
            ("Campaigns", "onboarding.campaign", "campaign"),
            ("Imports", "onboarding.customerimport", "upload_file"),
            ("Invitations", "onboarding.invitation", "forward_to_inbox"),
            ("Standing approvals", "onboarding.standingapproval", "event_repeat"),
            ("Approved by itself", "onboarding.standinguse", "published_with_changes"),
        ),
    ),
    (
        "Records",
        (
            ("Events", "onboarding.event", "history"),
            ("Audit verifications", "onboarding.auditverification", "verified_user"),
            ("Audit heads", "onboarding.audithead", "flag"),
            ("Exports", "onboarding.export", "key"),
            ("Mails", "onboarding.mail", "mail"),
            ("Reminders", "onboarding.reminder", "notifications_active"),
            ("Sign-in at Apple", "onboarding.signinquestion", "contact_support"),
            ("Store verifications", "onboarding.storeverification", "fact_check"),
        ),
    ),
    (
        "Set-up",
        (
            ("Users", "onboarding.user", "person"),
            ("Kept phrases", "onboarding.phrase", "edit_note"),
            ("Vendor certificates", "onboarding.vendorcertificate", "workspace_premium"),
            ("Apple CA certificates", "onboarding.applecertificate", "account_tree"),
            ("Groups", "auth.group", "group"),
            ("Sign-in services", "onboarding.signinservice", "passkey"),
        ),
    ),
)
# What belongs to no noun: its title, the right to it, the icon.
_REPORTS = ("Reports", "onboarding.read_reports", "summarize")
_TABS = (
    (CSR.State.SUBMITTED, "Waiting for approval"),
    (CSR.State.APPROVED, "Being signed"),
    (CSR.State.FAILED, "Signing failed"),
    (CSR.State.SIGNED, "Signed"),
    (ALL, "All"),
)


def colours(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - Unfold's signature
    """None: Unfold would write them into a style element, which the strict policy refuses.

    Any: Unfold's nested dictionaries.
    """
    return {}


def colour_sheet(request: HttpRequest) -> str:  # noqa: ARG001 - Unfold's signature
    return static("staff/colours.css")


def style_sheet(request: HttpRequest) -> str:  # noqa: ARG001 - Unfold's signature
    return static("staff/staff.css")


def expressions(request: HttpRequest) -> str:  # noqa: ARG001 - Unfold's signature
    return static("staff/expressions.js")


def script(request: HttpRequest) -> str:  # noqa: ARG001 - Unfold's signature
    return static("staff/keys.js")


def forms(request: HttpRequest) -> str:  # noqa: ARG001 - Unfold's signature
    return static("staff/forms.js")


def icons(request: HttpRequest) -> list[dict[str, str]]:  # noqa: ARG001 - Unfold's signature
    return [{"rel": "icon", "type": "image/svg+xml", "href": static("portal/favicon.svg")}]


def vendor(request: HttpRequest) -> str:  # noqa: ARG001 - Unfold's signature
    return str(settings.VENDOR_NAME)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: what this person may see. Any: Unfold's nested dictionaries."""
    overview = {"title": "Overview", "icon": "dashboard", "link": reverse("admin:index")}
    first, *others = [(title, _items(request, nouns)) for title, nouns in _NAVIGATION]
    return [
        {"items": [overview, *first[1], *_reports(request)]},
        *({"title": title, "separator": True, "items": items} for title, items in others),
    ]


def _items(request: HttpRequest, nouns: tuple[tuple[str, str, str], ...]) -> list[dict[str, Any]]:
    """Any: Unfold's dictionaries."""
    return [
        {
            "title": title,
            "icon": icon,
            "link": reverse(f"admin:{noun.replace('.', '_')}_changelist"),
            **_badge(noun),
        }
        for title, noun, icon in nouns
        if request.user.has_perm(f"{noun.replace('.', '.view_')}")
    ]


def _reports(request: HttpRequest) -> list[dict[str, Any]]:
    """Any: as above."""
    title, right, icon = _REPORTS
    link = reverse("admin:onboarding_report_index")
    return [{"title": title, "icon": icon, "link": link}] if request.user.has_perm(right) else []


def _badge(noun: str) -> dict[str, Any]:
    """How many CSRs wait and alarms are open, on every page. Any: Unfold's dictionary."""
    waiting: QuerySet[Any]
    if noun == "onboarding.csr":
        waiting, variant = CSR.objects.awaiting_decision(), "warning"
    elif noun == "onboarding.alarm":
        waiting, variant = Alarm.objects.open(), "danger"
    elif noun == "onboarding.topicchange":
        waiting, variant = TopicChange.objects.awaiting_decision(), "warning"
    else:
        return {}
    count = waiting.order_by()[: _COUNTED + 1].count()
    shown = count if count <= _COUNTED else f"{_COUNTED}+"
    return {"badge": shown, "badge_variant": variant} if count else {}


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Over the list of CSRs: one state each. Any: Unfold's nested dictionaries."""
    link = reverse("admin:onboarding_csr_changelist")
    chosen = csr_list.StateFilter.chosen(request)
    items = [
        {"title": title, "link": f"{link}?state={state}", "active": state == chosen}
        for state, title in _TABS
    ]
    return [{"models": ["onboarding.csr"], "items": items}]
