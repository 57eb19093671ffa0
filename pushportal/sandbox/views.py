"""The stand-in's pages: a row per certificate, each seen by its Apple Account alone."""

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pushportal.sandbox.authority import TOPIC_PREFIX, Authority
from pushportal.sandbox.envelope import LIMIT_BYTES
from pushportal.sandbox.errors import Refused, UnknownCertificate
from pushportal.sandbox.forms import CreateForm, SignInForm, UploadForm
from pushportal.sandbox.records import Issued

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
AccountView = Callable[Concatenate[HttpRequest, str, P], HttpResponse]


def _signed_in(view: AccountView[P]) -> View[P]:
    """Give the view the Apple Account; who has not signed in is asked to."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        account = request.session.get("account")
        if not account:
            return redirect("sign_in")
        return view(request, account, *args, **kwargs)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "sandbox/sign_in.html", {"form": form})
    request.session.flush()
    request.session["account"] = form.cleaned_data["account"].strip().casefold()
    return redirect("certificates")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return redirect("sign_in")


@require_GET
@_signed_in
def certificates(request: HttpRequest, account: str) -> HttpResponse:
    now = timezone.now()
    rows = [(row, row.status(now)) for row in _apple().issued(account)]
    return render(request, "sandbox/certificates.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@_signed_in
def create(request: HttpRequest, account: str) -> HttpResponse:
    form = CreateForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            row = _apple().create(
                _uploaded(form),
                account=account,
                now=timezone.now(),
                notes=form.cleaned_data["notes"],
            )
            return redirect("issued", row.number)
        except Refused as refusal:
            context["refusal"] = refusal
    return render(request, "sandbox/create.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_signed_in
def renew(request: HttpRequest, account: str, number: UUID) -> HttpResponse:
    row = _row(number, account)
    form = UploadForm(request.POST or None, request.FILES or None, initial={"notes": row.notes})
    context: dict[str, object] = {"form": form, "row": row, "status": row.status(timezone.now())}
    if request.method == "POST" and form.is_valid():
        try:
            _apple().renew(
                row.topic,
                _uploaded(form),
                account=account,
                now=timezone.now(),
                notes=form.cleaned_data["notes"],
            )
            return redirect("issued", row.number)
        except Refused as refusal:
            context["refusal"] = refusal
    return render(request, "sandbox/renew.html", context)


@require_GET
@_signed_in
def issued(request: HttpRequest, account: str, number: UUID) -> HttpResponse:
    return render(request, "sandbox/issued.html", {"row": _row(number, account)})


@require_GET
@_signed_in
def download(_request: HttpRequest, account: str, number: UUID) -> HttpResponse:
    row = _row(number, account)
    disposition = content_disposition_header(as_attachment=True, filename=row.filename)
    return HttpResponse(
        row.pem,
        content_type="application/x-pem-file",
        headers={"Content-Disposition": disposition},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@_signed_in
def revoke(request: HttpRequest, account: str, number: UUID) -> HttpResponse:
    row = _row(number, account)
    if request.method == "POST":
        _apple().revoke(row.topic, account=account)
        return redirect("certificates")
    return render(request, "sandbox/revoke.html", {"row": row})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's names
    return render(request, "sandbox/not_found.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "sandbox/csrf_failure.html", {"reason": reason}, status=403)


def _apple() -> Authority:
    return _opened(settings.VAR_DIR / "sandbox")


@cache
def _opened(folder: Path) -> Authority:
    return Authority.prepare(folder, now=timezone.now())


def _row(number: UUID, account: str) -> Issued:
    try:
        return _apple().find(f"{TOPIC_PREFIX}.{number}", account=account)
    except UnknownCertificate as error:
        raise Http404 from error


def _uploaded(form: UploadForm) -> bytes:
    # One byte over the limit is enough to be refused for it; the rest is not read into memory.
    content: bytes = form.cleaned_data["signed_request"].read(LIMIT_BYTES + 1)
    return content
