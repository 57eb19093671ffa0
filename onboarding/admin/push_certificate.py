"""Push certificates: whose, which topic, until when. Sorted by their end."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from onboarding.admin import campaign, fragments, remind_view, revoke_view, searching, weeks
from onboarding.admin.filters import ALL, DefaultedFilter
from onboarding.admin.page import ReadOnlyPage, asking, staff
from onboarding.campaigns import CHOSEN_AT_MOST
from onboarding.lifecycle import Actor, reminding
from onboarding.models import CSR, PushCertificate

SOON = timedelta(days=30)


class WhichFilter(DefaultedFilter):
    title = "state"
    parameter_name = "which"
    default = "active"
    options = [
        ("active", "Active"),
        ("soon", f"Ending within {SOON.days} days"),
        ("expired", "Expired, not renewed"),
        ("superseded", "Superseded"),
        ("revoked", "Revoked"),
    ]

    def narrowed(
        self, queryset: QuerySet[PushCertificate], option: str
    ) -> QuerySet[PushCertificate]:
        now = timezone.now()
        if option == "soon":
            # Customer by customer, as far as the page goes.
            return queryset.filter(
                _ends_soon(now),
                state=PushCertificate.State.ACTIVE,
                customer__closed_at__isnull=True,
            )
        if option == "expired":
            return queryset.filter(state=PushCertificate.State.ACTIVE, not_after__lte=now)
        return queryset.filter(state=option)


class WeekFilter(DefaultedFilter):
    """Any day begins a week: what was bookmarked leads on to the same certificates."""

    title = "week of its end"
    parameter_name = "week"
    default = ALL

    @classmethod
    def chosen(cls, request: HttpRequest) -> str:
        given = weeks.of(request.GET.get(cls.parameter_name, ""))
        return str(given) if given else ALL

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Any: Django types its admins by their model."""
        _, *coming = weeks.shown(timezone.now())
        later = weeks.Later()
        self.options = [(str(week), week.title) for week in coming]
        self.options.append((str(later), later.title))
        return super().lookups(request, model_admin)

    def is_known(self, given: str) -> bool:
        return weeks.of(given) is not None

    def narrowed(
        self, queryset: QuerySet[PushCertificate], option: str
    ) -> QuerySet[PushCertificate]:
        week = weeks.of(option) or weeks.Week(None)
        return queryset.filter(
            week.ends("not_after", now=timezone.now()), customer__closed_at__isnull=True
        )


class RenewalFilter(DefaultedFilter):
    title = "renewal"
    parameter_name = "renewal"
    default = ALL
    options = [("live", "Under way"), ("none", "Not begun")]

    def narrowed(
        self, queryset: QuerySet[PushCertificate], option: str
    ) -> QuerySet[PushCertificate]:
        under_way = Exists(CSR.objects.renewing().filter(renews=OuterRef("pk")).order_by())
        return queryset.filter(under_way if option == "live" else ~under_way)


def ending_soon(now: datetime) -> QuerySet[PushCertificate]:
    """Those of open customers that end within SOON."""
    return PushCertificate.objects.to_renew().filter(_ends_soon(now))


def _ends_soon(now: datetime) -> Q:
    return Q(not_after__gt=now, not_after__lte=now + SOON)


@admin.register(PushCertificate)
class PushCertificatePage(ReadOnlyPage):
    change_form_template = "admin/onboarding/pushcertificate/change_form.html"
    list_display = ("topic", "customer_link", "ends", "shown_state", "apple_account")
    list_filter = (WhichFilter, WeekFilter, RenewalFilter)
    list_select_related = ("customer",)
    sortable_by = ("ends",)
    actions = ("campaign_selected",)
    search_fields = ("topic", "serial", "customer__name", "apple_account")
    search_help_text = "Topic, serial number, customer or Apple Account"
    fields = (
        "topic",
        "customer_link",
        "shown_state",
        "not_before",
        "ends",
        "apple_account",
        "serial",
        "issuer",
        "fingerprint",
        "activated_at",
        "revocation",
        "csr_link",
        "predecessor_link",
        "successor_link",
        "renewals",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[PushCertificate]:
        return PushCertificate.objects.defer("der")

    def found_by(self, term: str) -> Q:
        return searching.push_certificates(term)

    def get_urls(self) -> list[URLPattern]:
        view = partial(asking, self.admin_site)
        own = [
            path("<uuid:pk>/revoke/", view(self.revoke), name="onboarding_pushcertificate_revoke"),
            path("<uuid:pk>/remind/", view(self.remind), name="onboarding_pushcertificate_remind"),
        ]
        return [*own, *super().get_urls()]

    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return revoke_view.revoke(request, get_object_or_404(PushCertificate, pk=pk))

    def remind(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return remind_view.remind(request, get_object_or_404(PushCertificate, pk=pk))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on; `obj` is the certificate."""
        certificate, by = kwargs["obj"], staff(request)
        own = {
            "is_key_lost": certificate.state == PushCertificate.State.ACTIVE
            and certificate.is_key_lost,
            "may_revoke": revoke_view.may_revoke(certificate, by=by),
            "may_remind": remind_view.may_remind(certificate, by=by),
            "remind_from": remind_view.ahead(
                reminding.possible_from([certificate]).get(certificate.pk), now=timezone.now()
            ),
        }
        return super().render_change_form(request, {**context, **own}, **kwargs)

    def has_remind_permission(self, request: HttpRequest) -> bool:
        return Actor.of(staff(request)).may("remind_customers")

    @admin.action(description="Send the renewal mail…", permissions=["remind"])
    def campaign_selected(
        self, request: HttpRequest, queryset: QuerySet[PushCertificate]
    ) -> HttpResponse:
        """All that the list shows where that was asked for, else those that were marked."""
        chosen = queryset.order_by("not_after", "id").values_list("pk", flat=True)
        return campaign.prepare_of(request, list(chosen[: CHOSEN_AT_MOST + 1]))

    @admin.display(description="revoked")
    def revocation(self, certificate: PushCertificate) -> str:
        if certificate.revoked_at is None:
            return "–"
        return f"{fragments.moment(certificate.revoked_at)}: {certificate.revocation_reason}"

    @admin.display(description="customer")
    def customer_link(self, certificate: PushCertificate) -> SafeString:
        return fragments.link(certificate.customer)

    @admin.display(description="valid until", ordering="not_after")
    def ends(self, certificate: PushCertificate) -> SafeString:
        return fragments.end(certificate.not_after)

    @admin.display(description="state")
    def shown_state(self, certificate: PushCertificate) -> SafeString:
        if certificate.state != PushCertificate.State.ACTIVE:
            return fragments.label(certificate.get_state_display())
        now = timezone.now()
        if certificate.is_expired(now):
            return fragments.label("Expired", "danger")
        if certificate.is_expired(now + SOON):
            return fragments.label("Ends soon", "warning")
        return fragments.label("Active", "success")

    @admin.display(description="fingerprint, SHA-256")
    def fingerprint(self, certificate: PushCertificate) -> SafeString:
        return fragments.fingerprint(certificate.fingerprint_sha256)

    @admin.display(description="CSR")
    def csr_link(self, certificate: PushCertificate) -> SafeString:
        if certificate.is_imported:
            return format_html("{}", "none: imported without its CSR and key")
        return fragments.link(certificate.csr)

    @admin.display(description="renewed from")
    def predecessor_link(self, certificate: PushCertificate) -> SafeString:
        return _link(certificate.predecessor)

    @admin.display(description="renewed by")
    def successor_link(self, certificate: PushCertificate) -> SafeString:
        return _link(PushCertificate.objects.filter(predecessor=certificate).first())

    @admin.display(description="renewal under way")
    def renewals(self, certificate: PushCertificate) -> SafeString:
        return fragments.link(CSR.objects.live().filter(renews=certificate).first())


def _link(certificate: PushCertificate | None) -> SafeString:
    """Of one topic's certificates, told apart by what differs: the serial number."""
    text = f"serial number {certificate.serial}" if certificate else ""
    return fragments.link(certificate, text)
