"""Where the staff's pages are, and what they send."""

from django.db.models import Model
from django.urls import reverse

from onboarding import seen
from onboarding.models import CSR, Customer

CSRS = "/admin/onboarding/csr/"


def page(row: Model) -> str:
    return reverse(f"admin:onboarding_{row._meta.model_name}_change", args=[row.pk])


def deciding(name: str) -> str:
    return reverse("admin:onboarding_csr_decide", args=[name])


def about(*csrs: CSR, **typed: str) -> dict[str, str | list[str]]:
    """What the page that asks about these CSRs sends, with what was shown of each."""
    shown = CSR.objects.in_bulk([csr.pk for csr in csrs])
    tokens = {f"seen-{pk}": seen.token(csr) for pk, csr in shown.items()}
    return {"csr": [str(csr.pk) for csr in csrs], **tokens, **typed}


def approving(customer: Customer) -> str:
    return reverse("admin:onboarding_standingapproval_of_customer", args=[customer.pk])
