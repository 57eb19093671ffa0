"""Which mails a change owes, and to whom: rows in the same transaction as the change."""

from collections.abc import Iterable

from django.utils import timezone

from onboarding import queue
from onboarding.models import CSR, Mail, Membership, User


def to_staff(kind: Mail.Kind, csr: CSR) -> None:
    """Owe this mail to everyone who may approve."""
    _owe(kind, csr, (user.email for user in _approvers()))


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
    _owe(kind, csr, addresses)


def _approvers() -> Iterable[User]:
    staff = User.objects.filter(is_active=True, is_staff=True)
    return (user for user in staff if user.has_perm("onboarding.approve_csr"))


def _owe(kind: Mail.Kind, csr: CSR, addresses: Iterable[str]) -> None:
    # One address in two spellings is one reader.
    distinct = {address.lower(): address for address in addresses}
    for address in distinct.values():
        mail, is_new = Mail.objects.get_or_create(
            kind=kind, csr=csr, recipient=address, defaults={"queued_at": timezone.now()}
        )
        if is_new:
            queue.send_mail(mail.pk)
