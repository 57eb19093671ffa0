"""Where the staff's pages are."""

from django.db.models import Model
from django.urls import reverse

CSRS = "/admin/onboarding/csr/"


def page(row: Model) -> str:
    return reverse(f"admin:onboarding_{row._meta.model_name}_change", args=[row.pk])


def deciding(name: str) -> str:
    return reverse("admin:onboarding_csr_decide", args=[name])
