"""A customer's overview, its history, and its Apple Account."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Q, When
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Draft, PushCertificate
from onboarding.portal import access, next_step, questions
from onboarding.portal.account_form import AppleAccountForm
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.standing import Standing, health, renewals

ON_A_PAGE = 20
# Of certificates in force and of CSRs under way; whoever has more finds them in the history.
SHOWN = 20
_WAITING_FIRST = Case(When(state=CSR.State.SIGNED, then=0), default=1)


@door("GET")
def customer(request: SignedInRequest, pk: UUID) -> HttpResponse:
    owner = access.customer(request.user, pk)
    present, asked = _present(owner), questions.standing(owner)
    to_install = present["standing"].to_install
    context = {
        "customer": owner,
        "may_act": access.may_act(request.user, owner),
        "may_export": access.may_export(request.user, owner),
        "waiting": access.waiting_exports(request.user, owner),
        "questions": asked,
        "may_answer": bool(asked) and access.may_answer(request.user, owner),
        "is_lost": questions.is_lost(present["standing"].certificate, asked),
        "is_downloaded": to_install is not None and _is_downloaded(to_install),
        **present,
    }
    return render(request, "portal/customer.html", context)


@door("GET")
def history(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Every CSR, newest first, and the certificate that came of it; and those without a CSR."""
    owner = access.customer(request.user, pk)
    rows = owner.csrs.select_related("requested_by", "push_certificate")
    context = {
        "customer": owner,
        "may_act": access.may_act(request.user, owner),
        "page": Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page")),
        "imported": owner.push_certificates.imported().order_by("-not_after")[:SHOWN],
    }
    return render(request, "portal/history.html", context)


@door("GET", "POST")
def apple_account(request: SignedInRequest, pk: UUID) -> HttpResponse:
    owner = access.customer(request.user, pk)
    access.demand_to_act(request.user, owner)
    csr = _asked_from(owner, request.GET.get("csr"))
    form = AppleAccountForm.of(request, owner, renews=csr.renews if csr else None)
    if form.is_valid() and form.save(owner, by=Actor.of(request.user)):
        messages.success(request, gettext("The Apple Account is noted."))
        return redirect(csr or owner)
    context = {"customer": owner, "csr": csr, "form": form, "back": csr or owner}
    return render(request, "portal/apple_account.html", context, status=form.status)


def _is_downloaded(certificate: PushCertificate) -> bool:
    """Whether somebody has what its MDM server needs: with the key, where that is kept here."""
    verb = "fetch_export" if certificate.keeps_key else "download_certificate"
    return certificate.events.filter(verb=verb).exists()


def _drafts(owner: Customer, certificates: list[PushCertificate]) -> list[Draft]:
    """What somebody began and left: towards a new certificate, or the renewal of one in force."""
    found = owner.drafts.filter(Q(renews=None) | Q(renews__in=certificates))
    return list(found.select_related("changed_by", "renews")[:SHOWN])


def _rejected(owner: Customer, certificates: list[PushCertificate]) -> CSR | None:
    """The last CSR, if it was rejected and what it was for is still to be had."""
    last = owner.csrs.order_by("-requested_at", "-id").first()
    if last is None or last.state != CSR.State.REJECTED:
        return None
    is_wanted = last.renews_id in {one.pk for one in certificates} or not certificates
    return last if is_wanted else None


def _revoked(owner: Customer, certificates: list[PushCertificate]) -> PushCertificate | None:
    """The certificate that was revoked last, if none is in force."""
    if certificates:
        return None
    revoked = owner.push_certificates.filter(state=PushCertificate.State.REVOKED)
    return revoked.order_by("-revoked_at").first()


def _asked_from(owner: Customer, pk: str | None) -> CSR | None:
    """The CSR on whose way this is, and to whose page it goes on."""
    if not pk:
        return None
    try:
        return get_object_or_404(owner.csrs.select_related("renews", "customer"), pk=UUID(pk))
    except ValueError as error:
        raise Http404 from error


def _present(owner: Customer) -> dict[str, Any]:
    """What is in force and what is under way, bounded. Any: a context of rows of several kinds."""
    now = timezone.now()
    certificates = list(owner.push_certificates.active().with_old_ones()[:SHOWN])
    csrs = list(
        next_step.told(owner.csrs.live())
        .select_related("requested_by", "customer")
        .order_by(_WAITING_FIRST, "requested_at", "id")[:SHOWN]
    )
    going = renewals(csrs)
    renewal_of = {csr.renews_id: csr for csr in going}
    return {
        "standing": Standing.of(certificates, csrs, now=now),
        "certificates": [
            (one, health(one, now=now), renewal_of.get(one.pk)) for one in certificates
        ],
        "csrs": going if certificates else csrs,
        "drafts": _drafts(owner, certificates),
        "rejected": _rejected(owner, certificates),
        "revoked": _revoked(owner, certificates),
        # Beside a certificate in force each leads to another topic, which is rarely meant.
        "others": [csr for csr in csrs if not csr.renews_id] if certificates else [],
        "has_more": SHOWN in {len(certificates), len(csrs)},
    }
