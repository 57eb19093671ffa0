"""A customer's calendar, and the page on which its address is made."""

import secrets
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import get_language, gettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from onboarding import calendar_feed, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CalendarFeed, Customer, PushCertificate
from onboarding.portal import access
from onboarding.portal.door import SignedInRequest, door


@door("GET", "POST")
def calendar(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A POST makes the address and shows it, this once; with `off` it ends it."""
    owner = access.customer(request.user, pk)
    access.demand_to_act(request.user, owner)
    if request.method != "POST":
        return _page(request, owner)
    if "off" in request.POST:
        lifecycle.close_calendar(owner, by=Actor.of(request.user))
        messages.success(request, gettext("The calendar is switched off; its address is void."))
        return redirect("portal:notifications", owner.pk)
    return _made(request, owner)


@sensitive_variables("secret", "address")
def _made(request: SignedInRequest, owner: Customer) -> HttpResponse:
    # Not redirected: between two requests the address would have to be kept somewhere.
    secret = secrets.token_urlsafe(32)
    voided_one = CalendarFeed.objects.filter(customer=owner).exists()
    lifecycle.open_calendar(
        owner,
        secret_sha256=calendar_feed.fingerprint(secret),
        language=get_language() or "",
        by=Actor.of(request.user),
    )
    address = settings.PUBLIC_URL + reverse("portal:calendar_file", args=[secret])
    subscribe = f"webcal:{address.partition(':')[2]}"
    return _page(request, owner, address=address, subscribe=subscribe, voided_one=voided_one)


def _page(request: SignedInRequest, owner: Customer, **shown: object) -> HttpResponse:
    feed = CalendarFeed.objects.filter(customer=owner).select_related("made_by").first()
    context: dict[str, Any] = {"customer": owner, "feed": feed, **shown}
    return render(request, "portal/calendar.html", context)


@require_safe
@sensitive_variables("secret")
def calendar_file(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Open to who knows the address, and to nobody else, whoever has signed in."""
    feed = get_object_or_404(
        CalendarFeed.objects.filter(customer__closed_at__isnull=True).select_related("customer"),
        secret_sha256=calendar_feed.fingerprint(secret),
    )
    content = _content(feed)
    etag = quote_etag(calendar_feed.fingerprint(content.decode()))
    answer = HttpResponse(
        content, "text/calendar; charset=utf-8", headers={"ETag": etag, "X-Robots-Tag": "noindex"}
    )
    answer["Content-Disposition"] = 'inline; filename="push-certificates.ics"'
    # No shared cache may hold what an address alone opens.
    patch_cache_control(answer, private=True, max_age=int(calendar_feed.MAX_AGE.total_seconds()))
    return get_conditional_response(request, etag=etag, response=answer) or answer


def _content(feed: CalendarFeed) -> bytes:
    certificates = list(feed.customer.push_certificates.active().order_by("not_after", "id"))
    topics = PushCertificate.objects.filter(
        customer=feed.customer, topic__in=[one.topic for one in certificates]
    )
    counts = topics.order_by().values_list("topic").annotate(Count("pk"))
    return calendar_feed.compose(
        feed.customer,
        certificates,
        renewals={topic: count - 1 for topic, count in counts},
        language=feed.language,
    )
