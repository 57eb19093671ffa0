"""What links in mails do without signing in: the signature in the address is the right to it.

A GET shows a page and changes nothing, for programs that look at links in advance send GETs; a
POST acts, of the page's button or of the mail program's own (RFC 8058). No cookie is asked for.
"""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from onboarding import lifecycle, signed_links
from onboarding.lifecycle import Actor
from onboarding.models import Mail, PushCertificate, SignInQuestion
from onboarding.portal import questions
from onboarding.signed_links import Purpose

LinkedView = Callable[[HttpRequest, Mail, PushCertificate], HttpResponse]


def linked(purpose: Purpose) -> Callable[[LinkedView], Callable[[HttpRequest, str], HttpResponse]]:
    """Let in who has a link that was signed for `purpose`.

    The view gets the mail it stood in, and the certificate of which that told.
    """

    def decorate(view: LinkedView) -> Callable[[HttpRequest, str], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, token: str) -> HttpResponse:
            # Exempt from the CSRF check: mail programs have no cookie, and none lets anyone in.
            answer = view(request, *_mail(signed_links.mail_id(purpose, token)))
            # The address is a secret: it goes to no other site, and into no search.
            answer["Referrer-Policy"] = "no-referrer"
            answer["X-Robots-Tag"] = "noindex"
            return answer

        return csrf_exempt(never_cache(require_http_methods(["GET", "HEAD", "POST"])(guarded)))

    return decorate


@linked(Purpose.STOP)
def stop(request: HttpRequest, mail: Mail, certificate: PushCertificate) -> HttpResponse:
    """Reminders to this address: stopped by a POST, resumed by one with `resume`."""
    owner, by = certificate.customer, Actor(name=mail.recipient)
    if request.method == "POST":
        verb = lifecycle.resume_reminders if "resume" in request.POST else lifecycle.stop_reminders
        verb(owner, address=mail.recipient, by=by)
    context = {
        # Not as `customer`: the frame would offer its pages to whoever has the link.
        "owner": owner,
        "address": mail.recipient,
        "is_told": owner.is_told(mail.recipient),
        "is_known": owner.knows(mail.recipient),
        "is_answered": request.method == "POST",
    }
    return render(request, "portal/stop.html", context)


@linked(Purpose.ANSWER)
def answer(request: HttpRequest, mail: Mail, certificate: PushCertificate) -> HttpResponse:
    """The yearly question: answered by a POST, as often as it takes."""
    if certificate.customer.closed_at:
        raise Http404
    given = request.POST.get("answer", "")
    if given in SignInQuestion.Answer:
        lifecycle.answer_question(
            certificate, answer=SignInQuestion.Answer(given), by=Actor(name=mail.recipient)
        )
    # Not as `customer`: the frame would offer its pages to whoever has the link.
    context = {"owner": certificate.customer, "may_answer": True, **questions.facts(certificate)}
    return render(request, "portal/answer.html", context)


@linked(Purpose.TRANSFER)
def guide(request: HttpRequest, mail: Mail, certificate: PushCertificate) -> HttpResponse:  # noqa: ARG001
    """How Apple moves the certificate to another account, for a contact without an account."""
    if certificate.customer.closed_at:
        raise Http404
    context = {"owner": certificate.customer, **questions.facts(certificate)}
    return render(request, "portal/guide.html", context)


def _mail(pk: int | None) -> tuple[Mail, PushCertificate]:
    rows = Mail.objects.select_related("push_certificate__customer", "push_certificate__csr")
    mail = rows.filter(pk=pk).first() if pk is not None else None
    if mail is None or mail.push_certificate is None:
        raise Http404
    return mail, mail.push_certificate
