"""Which mails a change owes, and to whom: rows in the same transaction as the change."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from onboarding import queue
from onboarding.lifecycle import batch
from onboarding.models import CSR, Alarm, Mail, Membership, User


def to_staff(kind: Mail.Kind, csr: CSR) -> None:
    """Owe this mail to everyone who may approve."""
    _owe((user.email for user in _staff_who_may("approve_csr")), kind=kind, csr=csr)


def alarm(alarm: Alarm) -> None:
    """Owe the mail on this alarm to all who may close alarms: they can do something about it."""
    addresses = (user.email for user in _staff_who_may("close_alarm"))
    _owe(addresses, kind=Mail.Kind.ALARM, alarm=alarm)


def to_customer(kind: Mail.Kind, csr: CSR) -> None:
    """Owe this mail to who asked, to the customer's admins, and to its contacts."""
    to_customers(kind, [csr.pk])


def to_customers(kind: Mail.Kind, csr_ids: Sequence[UUID]) -> None:
    """The same for each of these CSRs, in one statement."""
    csrs = CSR.objects.filter(pk__among=csr_ids).order_by()
    admins = csrs.filter(
        customer__memberships__role=Membership.Role.ADMIN,
        customer__memberships__user__is_active=True,
    )
    everybody = admins.values_list("pk", "customer__memberships__user__email").union(
        csrs.filter(customer__contacts__isnull=False).values_list(
            "pk", "customer__contacts__email"
        ),
        csrs.filter(requested_by__is_active=True).values_list("pk", "requested_by__email"),
        all=True,
    )
    readers, parameters = everybody.query.sql_with_params()
    # One address in two spellings is one reader, and who is owed this mail is not owed it again.
    batch.insert_select(
        Mail,
        ["kind", "csr", "recipient", "queued_at", "failure"],
        f"WITH readers(csr_id, email) AS ({readers})"  # noqa: S608 - Django's own SQL
        " SELECT %s, csr_id, MIN(email), %s, '' FROM readers"
        " GROUP BY csr_id, LOWER(email) ON CONFLICT DO NOTHING",
        [*parameters, kind, timezone.now()],
    )
    queue.send_mails()


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
