"""Which mails a change owes, and to whom: rows in the same transaction as the change."""

from collections.abc import Iterable

from django.utils import timezone

from onboarding import queue
from onboarding.models import CSR, Alarm, Mail, Membership, User


def to_staff(kind: Mail.Kind, csr: CSR) -> None:
    """Owe this mail to everyone who may approve."""
    _owe((user.email for user in _staff_who_may("approve_csr")), kind=kind, csr=csr)


def alarm(alarm: Alarm) -> None:
    """Owe the mail on this alarm to all staff who may see alarms."""
    addresses = (user.email for user in _staff_who_may("view_alarm"))
    _owe(addresses, kind=Mail.Kind.ALARM, alarm=alarm)


def to_customer(kind: Mail.Kind, csr: CSR) -> None:
    """Owe this mail to who asked, to the customer's admins, and to its contacts."""
    members = User.objects.filter(
        is_active=True,
        memberships__customer=csr.customer,
        memberships__role=Membership.Role.ADMIN,
    )
    addresses = [*members.values_list("email", flat=True)]
    addresses += csr.customer.contacts.values_list("email", flat=True)
    if csr.requested_by.is_active:
        addresses.append(csr.requested_by.email)
    _owe(addresses, kind=kind, csr=csr)


def _staff_who_may(permission: str) -> Iterable[User]:
    staff = User.objects.filter(is_active=True, is_staff=True)
    return (user for user in staff if user.has_perm(f"onboarding.{permission}"))


def _owe(
    addresses: Iterable[str],
    *,
    kind: Mail.Kind,
    csr: CSR | None = None,
    alarm: Alarm | None = None,
) -> None:
    # One address in two spellings is one reader.
    distinct = {address.lower(): address for address in addresses}.values()
    now = timezone.now()
    Mail.objects.bulk_create(
        (Mail(kind=kind, csr=csr, alarm=alarm, recipient=one, queued_at=now) for one in distinct),
        ignore_conflicts=True,
    )
    queue.send_mails()
