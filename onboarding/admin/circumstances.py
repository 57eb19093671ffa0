"""What is known around CSRs, asked for a whole list at once."""

from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat, Upper

from onboarding.models import CSR, Customer, Membership, PushCertificate
from onboarding.unusual import SOON, Circumstances

_SUBJECT = ("common_name", "organization", "organizational_unit", "country", "email")


def ask(csrs: QuerySet[CSR]) -> QuerySet[CSR]:
    """The same CSRs, each with what `read` needs; one query, however many there are."""
    of_customer = CSR.objects.filter(customer=OuterRef("customer")).order_by()
    others = of_customer.exclude(pk=OuterRef("pk"))
    certificates = PushCertificate.objects.filter(customer=OuterRef("customer")).order_by()
    uploads = of_customer.filter(origin=CSR.Origin.UPLOADED, state=CSR.State.FULFILLED)
    admins = Membership.objects.filter(
        customer=OuterRef("customer"),
        user=OuterRef("requested_by"),
        user__is_active=True,
        role=Membership.Role.ADMIN,
    )
    # As the index has it, whatever the case.
    namesakes = Customer.objects.annotate(upper=Upper("name")).filter(
        upper=Upper(OuterRef("organization"))
    )
    return csrs.select_related("customer", "requested_by", "renews").annotate(
        shape=_shape(),
        has_other_live_csr=Exists(others.live()),
        has_other_recent_csr=Exists(
            others.filter(
                requested_at__lte=OuterRef("requested_at"),
                requested_at__gt=OuterRef("requested_at") - SOON,
            )
        ),
        has_had_certificate=Exists(certificates),
        has_active_certificate=Exists(certificates.active()),
        # What was imported has no CSR to compare with.
        has_had_any_country=Exists(certificates.filter(csr__country__gt="")),
        has_had_country=Exists(certificates.filter(csr__country=OuterRef("country"))),
        has_had_upload=Exists(uploads),
        has_had_shape=Exists(uploads.annotate(shape=_shape()).filter(shape=OuterRef("shape"))),
        asker_acts_for_customer=Exists(admins),
        names_other_customer=Exists(
            namesakes.exclude(upper=Upper(OuterRef("customer__name"))).order_by()
        ),
    )


def _shape() -> Concat:
    """Which attributes the subject has: each program that makes CSRs has its habit."""
    has = [Case(When(~Q(**{name: ""}), then=Value("1")), default=Value("0")) for name in _SUBJECT]
    return Concat(*has)


def read(csr: Any) -> Circumstances:
    """Any: a CSR with the columns that `ask` added, which the model does not declare."""
    return Circumstances(
        has_other_live_csr=csr.has_other_live_csr,
        has_other_recent_csr=csr.has_other_recent_csr,
        has_had_certificate=csr.has_had_certificate,
        has_active_certificate=csr.has_active_certificate,
        has_had_upload=csr.has_had_upload,
        knows_country=csr.has_had_country or not csr.has_had_any_country,
        knows_generator=csr.has_had_shape,
        asker_acts_for_customer=csr.asker_acts_for_customer,
        names_other_customer=csr.names_other_customer,
    )
