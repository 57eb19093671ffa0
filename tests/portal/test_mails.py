"""The mails of the flow: each as text and HTML, every name filled in, links that lead somewhere."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.core.mail import EmailMultiAlternatives
from django.template import Engine
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from onboarding import lifecycle, outbox, password_reset
from onboarding.lifecycle import Actor, reminding
from onboarding.models import CSR, Alarm, Contact, Customer, Mail, Membership, PushCertificate, User
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of
from tests.custody.parts import fetched

# What the subject names, where that is not the customer.
ABOUT = {
    Mail.Kind.ALARM: "signing",
    Mail.Kind.CLOSED: "Globex",
    Mail.Kind.SIGN_IN_CHANGED: "Your password",
    Mail.Kind.SECOND_FACTOR_RESET: "Your second factor",
}
MISSING = "!!! %s !!!"
Compose = Callable[[Mail.Kind], EmailMultiAlternatives]


def html_of(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0][0])


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Compose:
    """Compose a mail with every unknown name written out."""
    settings.VENDOR_NAME = "Example MDM"
    monkeypatch.setattr(Engine.get_default(), "string_if_invalid", MISSING)

    def compose(kind: Mail.Kind) -> EmailMultiAlternatives:
        return outbox.compose(Mail.objects.filter(kind=kind).latest("pk"))

    return compose


@pytest.fixture
def every_kind(
    sam: User,
    signed_renewal: CSR,
    active: PushCertificate,
    ada: User,
    eve: User,
    globex: Customer,
    apple: Authority,
) -> CSR:
    """A flow that owed each of the mails; the last CSR is the rejected one."""
    csr = CSR.objects.create(
        customer=active.customer,
        state=CSR.State.SUBMITTED,
        state_since=signed_renewal.state_since,
        origin=CSR.Origin.UPLOADED,
        requested_by=ada,
        requested_at=signed_renewal.requested_at,
        der=b"x",
        public_key_sha256="0" * 64,
    )
    question = lifecycle.ask_customer(csr, question="Why <now>?", by=Actor.of(sam))
    lifecycle.answer_vendor(question, text="Because & so.", by=Actor.of(ada))
    lifecycle.reject(csr, reason="Wrong <company> & country.", by=Actor.of(sam))
    created = der_of(apple.issue(bytes(signed_renewal.der or b"")))
    change = lifecycle.note_topic_change(signed_renewal, der=created, by=Actor.of(ada))
    lifecycle.want_topic_change(change, by=Actor.of(ada))
    lifecycle.allow_topic_change(change, reason="All are set up anew.", by=Actor.of(sam))
    other = der_of(apple.issue(bytes(signed_renewal.der or b"")))
    declined = lifecycle.note_topic_change(signed_renewal, der=other, by=Actor.of(ada))
    lifecycle.want_topic_change(declined, by=Actor.of(ada))
    lifecycle.decline_topic_change(declined, reason="Press <Renew> & go on.", by=Actor.of(sam))
    lifecycle.raise_alarm(
        Alarm.Kind.STUCK, about="signing", sentence="Signing waits.", by=Actor.worker()
    )
    acme = active.customer
    invitation = lifecycle.invite(
        acme, email="new@acme.example", role=Membership.Role.READER, by=Actor.of(ada)
    )
    new = lifecycle.join(invitation, link=1, name="New", password=None)
    lifecycle.invite(acme, email="next@acme.example", role=Membership.Role.ADMIN, by=Actor.of(ada))
    member = acme.memberships.get(user=new)
    lifecycle.change_role(member, role=Membership.Role.ADMIN, by=Actor.of(ada))
    lifecycle.remove_member(member, by=Actor.of(ada))
    lifecycle.remind({active.pk: 30}, now=csr.requested_at, by=Actor.worker())
    rights = ["close_customer", "revoke_certificate", "reset_second_factor", "remind_customers"]
    sam.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    staff = Actor.of(User.objects.get(pk=sam.pk))
    Mail.objects.update(queued_at=csr.requested_at - reminding.DISTANCE)
    lifecycle.remind_now(active, by=staff)
    lifecycle.ask([active.pk], now=csr.requested_at, by=Actor.worker())
    Authenticator.objects.create(user=ada, type=Authenticator.Type.TOTP, data={})
    lifecycle.sign_in_changed("password changed", by=Actor.of(ada))
    lifecycle.reset_second_factor(ada, reason="The phone was lost.", by=staff)
    lifecycle.close_customer(globex, name="Globex", reason="Left us.", by=staff)
    # Last, for of a revoked certificate nobody is reminded.
    lifecycle.revoke(active, reason="Its key was lost.", by=staff)
    return csr


@pytest.mark.parametrize("kind", Mail.Kind)
def test_a_mail_has_its_subject_text_and_html(
    kind: Mail.Kind, every_kind: CSR, composed: Compose
) -> None:
    message = composed(kind)

    assert [kind for _, kind in message.alternatives] == ["text/html"]
    assert ABOUT.get(kind, "Acme") in str(message.subject)
    assert "\n" not in str(message.subject)
    for written in (str(message.subject), str(message.body), html_of(message)):
        assert "!!!" not in written
        assert "{{" not in written
        assert "{%" not in written


@pytest.mark.parametrize("name", ["Acme", "Müller & Söhne Verkehrsbetriebe der Stadt Zürich AG"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_field_of_a_mail_begins_with_an_empty_line(
    language: str, name: str, every_kind: CSR, ada: User
) -> None:
    User.objects.update(language=language)
    Customer.objects.filter(pk=every_kind.customer_id).update(name=name)
    mails = [Mail.objects.filter(kind=kind).latest("pk") for kind in Mail.Kind]

    messages = [*(outbox.compose(mail) for mail in mails), password_reset.compose(ada)]

    for message in messages:
        sent = message.message().as_bytes()
        head = sent.partition(b"\n\n")[0].decode("ascii")
        assert not re.search(r":[ \t]*\n", head)
        # With an encoded word in it a line has 76 at most (RFC 2047, 2).
        assert [line for line in head.splitlines() if "=?" in line and len(line) > 76] == []
        assert message_from_bytes(sent, policy=policy.default)["Subject"] == message.subject


@pytest.mark.parametrize("kind", Mail.Kind)
def test_a_mail_loads_nothing_from_afar(
    kind: Mail.Kind, every_kind: CSR, composed: Compose
) -> None:
    html = html_of(composed(kind))

    assert not re.findall(r"src=|@import|url\(|<link|<script", html)


@pytest.mark.parametrize(
    ("kind", "is_told"),
    [(Mail.Kind.READY, True), (Mail.Kind.CLOSED, True), (Mail.Kind.WAITING, False)],
)
def test_a_mail_says_whom_a_customer_asks(
    kind: Mail.Kind, *, is_told: bool, every_kind: CSR, composed: Compose, settings: Settings
) -> None:
    settings.VENDOR_CONTACT = ["help@vendor.example", "https://vendor.example/help"]

    message = composed(kind)

    asked = "Questions? Ask Example MDM: help@vendor.example, https://vendor.example/help"
    assert (asked in str(message.body)) == is_told
    assert ('href="mailto:help@vendor.example"' in html_of(message)) == is_told
    assert ('href="https://vendor.example/help"' in html_of(message)) == is_told


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        (Mail.Kind.WAITING, "admin:onboarding_csr_change"),
        (Mail.Kind.REJECTED, "portal:csr"),
        (Mail.Kind.READY, "portal:csr"),
        (Mail.Kind.ACTIVE, "portal:certificate"),
    ],
)
def test_a_mail_links_to_its_page(
    kind: Mail.Kind, page: str, every_kind: CSR, composed: Compose, settings: Settings
) -> None:
    csr = Mail.objects.filter(kind=kind).latest("pk").csr
    assert csr is not None
    pk = csr.push_certificate.pk if kind == Mail.Kind.ACTIVE else csr.pk
    link = f"{settings.PUBLIC_URL}{reverse(page, args=[pk])}"

    message = composed(kind)

    assert link in str(message.body)
    assert f'href="{link}"' in html_of(message)


@pytest.mark.parametrize(
    ("kind", "text", "html"),
    [
        (
            Mail.Kind.REJECTED,
            "Wrong <company> & country.",
            "Wrong &lt;company&gt; &amp; country.",
        ),
        (
            Mail.Kind.TOPIC_DECLINED,
            "Press <Renew> & go on.",
            "Press &lt;Renew&gt; &amp; go on.",
        ),
    ],
)
def test_a_reason_is_text_in_one_and_escaped_in_the_other(
    kind: Mail.Kind, text: str, html: str, every_kind: CSR, composed: Compose
) -> None:
    message = composed(kind)

    assert text in str(message.body)
    assert html in html_of(message)


def test_a_renewals_mail_says_renew(signed_renewal: CSR, composed: Compose) -> None:
    assert signed_renewal.renews is not None

    body = str(composed(Mail.Kind.READY).body)

    assert "Press Renew" in body
    assert signed_renewal.renews.topic in body


def test_without_an_apple_account_the_mail_is_whole(
    acme: Customer, signed: CSR, composed: Compose
) -> None:
    Customer.objects.update(apple_account="")

    body = str(composed(Mail.Kind.READY).body)

    assert "Sign in at Apple's portal:" in body


def test_staff_are_led_to_the_customer_in_the_admin(
    acme: Customer, sam: User, ada: User, composed: Compose
) -> None:
    staff = User.objects.get(pk=sam.pk)
    staff.user_permissions.add(*Permission.objects.filter(codename="invite_people"))
    for by in (User.objects.get(pk=sam.pk), ada):
        invitation = lifecycle.invite(
            acme,
            email=f"by-{by.name.lower()}@acme.example",
            role=Membership.Role.READER,
            by=Actor.of(by),
        )
        lifecycle.join(invitation, link=1, name="New", password=None)
    admin = reverse("admin:onboarding_customer_change", args=[acme.pk])
    found = {
        mail.recipient: outbox.compose(mail) for mail in Mail.objects.filter(kind=Mail.Kind.JOINED)
    }

    for part in (str(found[sam.email].body), html_of(found[sam.email])):
        assert admin in part
        assert reverse("portal:people", args=[acme.pk]) not in part
    assert reverse("portal:people", args=[acme.pk]) in str(found[ada.email].body)


def test_an_active_certificate_is_told_with_what_to_do(
    active: PushCertificate, composed: Compose
) -> None:
    message = composed(Mail.Kind.ACTIVE)

    for part in (str(message.body), html_of(message)):
        assert "Key and certificate must go into your MDM server" in part
        assert "the certificate before it" not in part


def test_a_renewals_mail_says_that_the_server_has_the_old_one(
    signed_renewal: CSR, active: PushCertificate, ada: User, apple: Authority, composed: Compose
) -> None:
    fetched(active)
    der = der_of(apple.issue(bytes(signed_renewal.der or b""), topic=active.topic))
    lifecycle.activate(signed_renewal, der=der, upload="", by=Actor.of(ada))

    message = composed(Mail.Kind.ACTIVE)

    for part in (str(message.body), html_of(message)):
        assert "the certificate before it, which ends on" in part


def test_a_late_renewals_mail_says_that_push_is_down(
    signed_renewal: CSR, active: PushCertificate, ada: User, apple: Authority, composed: Compose
) -> None:
    fetched(active)
    end = timezone.now() - timedelta(days=12)
    PushCertificate.objects.update(not_before=end - timedelta(days=365), not_after=end)
    der = der_of(apple.issue(bytes(signed_renewal.der or b""), topic=active.topic))
    lifecycle.activate(signed_renewal, der=der, upload="", by=Actor.of(ada))

    message = composed(Mail.Kind.ACTIVE)

    for part in (str(message.body), html_of(message)):
        assert "The certificate before it ended on" in part
        assert "your MDM server has the certificate before it" not in part


def test_a_contact_is_told_whom_to_ask(
    acme: Customer, approved: CSR, ada: User, sign_all: Callable[[], None]
) -> None:
    Contact.objects.create(customer=acme, email="it@acme.example")
    sign_all()
    ready = Mail.objects.filter(kind=Mail.Kind.READY)

    to_contact = outbox.compose(ready.get(recipient="it@acme.example"))
    to_admin = outbox.compose(ready.get(recipient=ada.email))

    for part in (str(to_contact.body), html_of(to_contact)):
        assert "pass this mail on to one of them" in part
        assert ada.email in part
    assert "pass this mail on" not in str(to_admin.body)
