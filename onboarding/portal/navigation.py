"""The ways of the frame: between a person's customers, inside one, and to the person's account.

A new page gets its place here, as one line: in SECTIONS what belongs to a customer, in
ACCOUNT_PAGES what belongs to the person.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.models import Customer, User

# A switcher is for a handful; who has more finds the rest on the page of all.
IN_THE_SWITCHER = 8


@dataclass(frozen=True, slots=True)
class Section:
    """`page` is the name of an address that takes the customer's key; `within` of pages that are
    reached through it, so that the person sees where they are."""

    title: Promise
    page: str
    within: frozenset[str] = frozenset()

    def place(self, here: str) -> str:
        """For aria-current: "page" on the page itself, "true" on one within, else nothing."""
        return "page" if here == self.page else "true" if here in self.within else ""


SECTIONS = [
    Section(
        _("Overview"),
        "portal:customer",
        frozenset(
            {
                "portal:apple_account",
                "portal:certificate",
                "portal:certificate_upload",
                "portal:created",
                "portal:created_meant",
                "portal:csr",
                "portal:csr_account",
                "portal:csr_create",
                "portal:csr_question",
                "portal:csr_start",
                "portal:csr_upload",
                "portal:export",
                "portal:export_create",
                "portal:key_delete",
                "portal:question",
                "portal:transfer",
                "portal:withdraw",
            }
        ),
    ),
    Section(_("History"), "portal:history"),
    Section(
        _("Notifications"),
        "portal:notifications",
        frozenset({"portal:contact", "portal:contact_remove", "portal:calendar"}),
    ),
    Section(
        _("People"), "portal:people", frozenset({"portal:member_remove", "portal:member_role"})
    ),
]
# Title and name of the address, in the menu under the person's name.
ACCOUNT_PAGES = [
    (_("Your account"), "account_index"),
    (_("Language and time zone"), "portal:preferences"),
]


@dataclass(frozen=True, slots=True)
class Switcher:
    """The customers between which a person switches: the first by name, and whether more exist."""

    customers: list[Customer]
    has_more: bool

    @classmethod
    def of(cls, user: User) -> "Switcher":
        rows = Customer.objects.visible_to(user).only("id", "name")
        found = list(rows[: IN_THE_SWITCHER + 1])
        return cls(customers=found[:IN_THE_SWITCHER], has_more=len(found) > IN_THE_SWITCHER)
