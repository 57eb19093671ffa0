"""What is known around CSRs, asked for a whole list at once."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from onboarding.models import CSR, Membership, PushCertificate
from onboarding.unusual import Circumstances


def ask(csrs: QuerySet[CSR]) -> QuerySet[CSR]:
    """The same CSRs, each with what `read` needs; one query, however many there are."""
    others = CSR.objects.live().filter(customer=OuterRef("customer")).exclude(pk=OuterRef("pk"))
    certificates = PushCertificate.objects.filter(customer=OuterRef("customer"))
    admins = Membership.objects.filter(
        customer=OuterRef("customer"),
        user=OuterRef("requested_by"),
        user__is_active=True,
        role=Membership.Role.ADMIN,
    )
    return csrs.select_related("customer", "requested_by", "renews").annotate(
        has_other_live_csr=Exists(others.order_by()),
        has_had_certificate=Exists(certificates.order_by()),
        has_active_certificate=Exists(certificates.active().order_by()),
        asker_acts_for_customer=Exists(admins),
    )


def read(csr: Any) -> Circumstances:
    """Any: a CSR with the columns that `ask` added, which the model does not declare."""
    return Circumstances(
        has_other_live_csr=csr.has_other_live_csr,
        has_had_certificate=csr.has_had_certificate,
        has_active_certificate=csr.has_active_certificate,
        asker_acts_for_customer=csr.asker_acts_for_customer,
    )
