"""What to do first, while there is no push certificate yet: shown in place of zeros."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from onboarding.models import (
    CSR,
    Customer,
    Invitation,
    Membership,
    PushCertificate,
    User,
    VendorCertificate,
)


@dataclass(frozen=True, slots=True)
class Step:
    """`address` is empty where this person cannot take the step."""

    title: str
    aside: str
    is_done: bool
    address: str = ""


def steps(by: User, *, now: datetime) -> list[Step]:
    """From nothing to the first certificate; none once there is one."""
    if PushCertificate.objects.exists():
        return []
    return [
        Step(
            "Have the signer announce the vendor certificate",
            "“manage.py vendor_identity check” says what is missing; a signer announces it",
            is_done=VendorCertificate.objects.current(now).exists(),
            address=_address(by, "view_vendorcertificate", "vendorcertificate_changelist"),
        ),
        Step(
            "Add the first customer",
            "by name and country; those from before are imported",
            is_done=Customer.objects.exists(),
            address=_address(by, "add_customer", "customer_add"),
        ),
        Step(
            "Invite somebody of the customer",
            "on the customer’s page; that person asks for the CSR and takes it to Apple",
            is_done=Membership.objects.exists() or Invitation.objects.exists(),
            address=_address(by, "invite_people", "customer_changelist"),
        ),
        Step(
            "Approve the first CSR",
            "it comes up on this page, and a mail tells who may approve",
            is_done=CSR.objects.exclude(state__in=_UNAPPROVED).exists(),
            address=_address(by, "approve_csr", "csr_changelist"),
        ),
    ]


_UNAPPROVED = (CSR.State.REQUESTED, CSR.State.SUBMITTED, CSR.State.REJECTED, CSR.State.WITHDRAWN)


def _address(by: User, permission: str, page: str) -> str:
    may = by.has_perm(f"onboarding.{permission}")
    return reverse(f"admin:onboarding_{page}") if may else ""
