"""Where the staff's pages are."""

from django.db.models import Model
from django.urls import reverse

from onboarding.models import Customer

CSRS = "/admin/onboarding/csr/"


def page(row: Model) -> str:
    return reverse(f"admin:onboarding_{row._meta.model_name}_change", args=[row.pk])


def deciding(name: str) -> str:
    return reverse("admin:onboarding_csr_decide", args=[name])


def approving(customer: Customer) -> str:
    return reverse("admin:onboarding_standingapproval_of_customer", args=[customer.pk])
