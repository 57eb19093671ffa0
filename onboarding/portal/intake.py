"""A new CSR: how its key is kept, under which Apple Account, and then made here or uploaded."""

import shlex
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from onboarding import errors, lifecycle, storage
from onboarding.lifecycle import Actor, belonging
from onboarding.models import CSR, Customer, Draft, PushCertificate
from onboarding.pki import kinds
from onboarding.portal import access, apple, steps
from onboarding.portal.account_form import AppleAccountForm
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.forms import SubjectForm, UploadForm

_PAGES = {CSR.Origin.MADE_HERE: "portal:csr_create", CSR.Origin.UPLOADED: "portal:csr_upload"}
_BACK = "back"
# The ids of CSRs under way that the form's page tells of.
_BESIDE = "beside"


@door("GET", "POST")
def csr_start(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Choose how the key is kept; the choice is a row, so that anybody can go on elsewhere."""
    owner, renews = _asked(request, pk)
    if running := _running(renews):
        return _go_on(request, running)
    way = request.POST.get("way", "")
    if way in _PAGES:
        lifecycle.keep_draft(owner, renews=renews, by=Actor.of(request.user), way=way)
        return redirect(_after_way(owner, renews, CSR.Origin(way)))
    draft = _draft(owner, renews)
    context = {
        **_context(owner, renews, steps.Place.KEY),
        "draft": draft,
        "way": _way(draft, renews),
    }
    return render(request, "portal/csr_start.html", context)


@door("GET", "POST")
def csr_account(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Under which Apple Account it will be, and who else is told, before the CSR is made.

    Of a renewal the account is known, and is confirmed. ?way= says where it goes on.
    """
    owner, renews = _asked(request, pk)
    if running := _running(renews):
        return _go_on(request, running)
    draft = _draft(owner, renews)
    form = AppleAccountForm.of(request, owner, renews=renews, draft=draft)
    if _BACK in request.POST:
        _keep(request, owner, renews, **_unconfirmed(form, owner, renews))
        return redirect(_address("portal:csr_start", owner, renews))
    is_saved = form.is_valid() and form.save(owner, by=Actor.of(request.user))
    if renews or not is_saved:
        _keep(request, owner, renews, **form.typed)
    if is_saved:
        way = request.GET.get("way", "")
        way = way if way in _PAGES else _way(draft, renews)
        page = _PAGES[CSR.Origin(way)] if way else "portal:csr_start"
        return redirect(_address(page, owner, renews))
    context = {**_context(owner, renews, steps.Place.ACCOUNT), "form": form}
    return render(request, "portal/csr_account.html", context, status=form.status)


@door("GET", "POST")
def csr_create(request: SignedInRequest, pk: UUID) -> HttpResponse:
    owner, renews = _asked(request, pk)
    if running := _running(renews):
        return _go_on(request, running)
    if _BACK in request.POST:
        _keep(request, owner, renews, email=request.POST.get("email", "")[:255])
        return redirect(_before_csr(owner, renews))
    draft = _draft(owner, renews)
    if request.method != "POST" and not _is_account_settled(owner, renews, draft):
        return redirect(_before_csr(owner, renews, way=CSR.Origin.MADE_HERE))
    email = (draft.email if draft else "") or _email(owner, renews) or request.user.email
    form = SubjectForm(request.POST or None, customer=owner, email=email)
    came_first = False
    if form.is_valid():
        try:
            return redirect(_request(request, form, owner, renews))
        except errors.AlreadyUnderWay:
            came_first = True
    return _form_page(request, "portal/csr_create.html", form, owner, renews, came_first=came_first)


@door("GET", "POST")
def csr_upload(request: SignedInRequest, pk: UUID) -> HttpResponse:
    owner, renews = _asked(request, pk)
    if running := _running(renews):
        return _go_on(request, running)
    if _BACK in request.POST:
        _keep_pasted(request, owner, renews)
        return redirect(_before_csr(owner, renews))
    draft = _draft(owner, renews)
    if request.method != "POST" and not _is_account_settled(owner, renews, draft):
        return redirect(_before_csr(owner, renews, way=CSR.Origin.UPLOADED))
    form = _upload_form(request, owner, draft)
    came_first = False
    if form.is_valid():
        try:
            return redirect(_submit(request, form, owner, renews))
        except (errors.InvalidCSR, errors.StorageUnavailable) as error:
            form.refuse(error)
        except errors.AlreadyUnderWay:
            came_first = True
    return _form_page(
        request,
        "portal/csr_upload.html",
        form,
        owner,
        renews,
        came_first=came_first,
        **_line_for_a_csr(owner, renews),
    )


def _request(
    request: SignedInRequest, form: SubjectForm, owner: Customer, renews: PushCertificate | None
) -> CSR:
    csr_id: UUID | None = form.cleaned_data["csr"]
    try:
        return lifecycle.request_csr(
            owner,
            subject=form.subject,
            by=Actor.of(request.user),
            renews=renews,
            csr_id=csr_id,
            beside=request.POST.getlist(_BESIDE),
        )
    except IntegrityError:
        # The same form, sent twice at once: the other one was faster.
        return get_object_or_404(owner.csrs, pk=csr_id)


@transaction.atomic
def _submit(
    request: SignedInRequest, form: UploadForm, owner: Customer, renews: PushCertificate | None
) -> CSR:
    csr = lifecycle.submit_upload(
        owner,
        der=form.der,
        upload=storage.name_of(storage.UPLOADS, form.content),
        by=Actor.of(request.user),
        renews=renews,
        beside=request.POST.getlist(_BESIDE),
    )
    # Within the transaction: what is refused leaves no file, and a file that cannot be kept no
    # row. A crash before the end leaves an orphan file, never a row that points at nothing.
    storage.put(storage.UPLOADS, form.content)
    return csr


def _upload_form(request: SignedInRequest, owner: Customer, draft: Draft | None) -> UploadForm:
    take = partial(belonging.csr_der, owner)
    if request.method == "POST":
        return UploadForm(request.POST, request.FILES, take=take)
    return UploadForm(take=take, pasted=draft.pasted if draft else "")


def _draft(owner: Customer, renews: PushCertificate | None) -> Draft | None:
    return Draft.objects.towards(owner, renews).select_related("changed_by").first()


def _keep(
    request: SignedInRequest, owner: Customer, renews: PushCertificate | None, **typed: str
) -> None:
    if request.method == "POST":
        lifecycle.keep_draft(owner, renews=renews, by=Actor.of(request.user), **typed)


def _keep_pasted(request: SignedInRequest, owner: Customer, renews: PushCertificate | None) -> None:
    """Only what is a CSR: anything else might be secret, and is not written down."""
    pasted = request.POST.get("pasted", "")
    if kinds.recognise(pasted.encode()) is kinds.Kind.CSR:
        _keep(request, owner, renews, pasted=pasted)


def _way(draft: Draft | None, renews: PushCertificate | None) -> str:
    """What was chosen, or else how the certificate to be renewed came about; empty if neither."""
    if draft and draft.way:
        return draft.way
    return renews.csr.origin if renews and not renews.is_imported else ""


def entrance(renews: PushCertificate) -> str:
    """Where the renewal of this certificate is begun, or gone on with, until there is a CSR."""
    owner, draft = renews.customer, _draft(renews.customer, renews)
    way = _way(draft, renews)
    if not way:
        return _address("portal:csr_start", owner, renews)
    return _after_way(owner, renews, CSR.Origin(way))


def _after_way(owner: Customer, renews: PushCertificate | None, way: CSR.Origin) -> str:
    """The next page: the Apple Account, until it is known, and for a renewal confirmed."""
    is_known = bool(apple.account(owner, renews))
    if is_known and _is_account_settled(owner, renews, _draft(owner, renews)):
        return _address(_PAGES[way], owner, renews)
    return _before_csr(owner, renews)


def _is_account_settled(
    owner: Customer, renews: PushCertificate | None, draft: Draft | None
) -> bool:
    """Whether somebody has seen, and sent, the account that this renewal needs at Apple."""
    if renews is None:
        return True
    sent = draft.apple_account if draft else ""
    return bool(sent) and sent.casefold() == apple.account(owner, renews).casefold()


def _unconfirmed(
    form: AppleAccountForm, owner: Customer, renews: PushCertificate | None
) -> dict[str, str]:
    """What was typed, but for the account itself: whoever goes back has not confirmed it."""
    known = apple.account(owner, renews).casefold()
    return {name: value for name, value in form.typed.items() if value.casefold() != known}


def _before_csr(owner: Customer, renews: PushCertificate | None, **more: str) -> str:
    return _address("portal:csr_account", owner, renews, **more)


def _address(page: str, owner: Customer, renews: PushCertificate | None, **more: str) -> str:
    query = {"renews": str(renews.pk), **more} if renews else more
    address = reverse(page, args=[owner.pk])
    return f"{address}?{urlencode(query)}" if query else address


def _asked(request: SignedInRequest, pk: UUID) -> tuple[Customer, PushCertificate | None]:
    owner = access.customer(request.user, pk)
    access.demand_to_act(request.user, owner)
    return owner, access.renewed(owner, request.GET.get("renews"))


def _email(owner: Customer, renews: PushCertificate | None) -> str:
    """What a renewal's CSR said before, or else the Apple Account; empty if neither is known."""
    before = "" if renews is None or renews.is_imported else renews.csr.email
    return before or apple.account(owner, renews)


def _running(renews: PushCertificate | None) -> CSR | None:
    return renews.renewals.live().first() if renews else None


def _go_on(request: SignedInRequest, running: CSR) -> HttpResponse:
    messages.info(
        request,
        gettext(
            "This certificate is being renewed already: go on here, or withdraw this CSR first."
        ),
    )
    return redirect(running)


def _form_page(
    request: SignedInRequest,
    template: str,
    form: SubjectForm | UploadForm,
    owner: Customer,
    renews: PushCertificate | None,
    *,
    came_first: bool,
    **more: str,
) -> HttpResponse:
    """`came_first`: nothing was asked for, as the page did not tell of what is under way by now."""
    context = {
        **_context(owner, renews, steps.Place.CSR),
        "form": form,
        "came_first": came_first,
        **more,
    }
    status = HTTPStatus.CONFLICT if came_first else form.status
    return render(request, template, context, status=status)


def _line_for_a_csr(owner: Customer, renews: PushCertificate | None) -> dict[str, str]:
    """What the lines that make a CSR need, safe in a shell, whatever the customer is called.

    `subject` is openssl's -subj. `stem` begins the names of the files: a renewal's are its own, so
    that its key is not written over the one that is in use.
    """
    email = _email(owner, renews) or "mdm@example.com"
    organization, address = map(_escaped, (owner.name, email))
    return {
        "subject": shlex.quote(f"/O={organization}/C={owner.country}/emailAddress={address}"),
        "email": shlex.quote(email),
        "stem": f"push-{timezone.now():%Y-%m-%d}" if renews else "push",
    }


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("/", "\\/").replace("+", "\\+")


def _context(
    owner: Customer, renews: PushCertificate | None, place: steps.Place
) -> dict[str, object]:
    has_account = bool(apple.account(owner, renews))
    found = steps.before_csr(place, has_account=has_account)
    for one, page in ((steps.Place.KEY, "csr_start"), (steps.Place.ACCOUNT, "csr_account")):
        if one < place:
            found[one] = found[one].leading_to(_address(f"portal:{page}", owner, renews))
    return {
        "customer": owner,
        "renews": renews,
        "steps": found,
        "account": apple.account(owner, renews),
        # Asked only where a second certificate may be a mistake.
        "active": None if renews else owner.push_certificates.active().first(),
        "under_way": []
        if renews
        else list(owner.csrs.for_new_certificate().select_related("requested_by")),
    }
