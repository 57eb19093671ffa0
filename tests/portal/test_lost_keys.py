"""A key that was deleted here before anybody downloaded it: no server can use its certificate."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from onboarding import lifecycle, outbox, tasks
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Mail, PushCertificate, User
from onboarding.portal.standing import Health, health
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of, ended, renewal, renewed
from tests.custody.parts import exported, fetched
from tests.portal.pages import now_part, text

NEVER = "This key was never exported from here"
BROKEN = "Push cannot work: nobody has the key of the certificate"


@pytest.fixture
def lost(active: PushCertificate, ada: User) -> PushCertificate:
    """Acme's first certificate, its key deleted though it was never exported."""
    return destroyed(active, by=ada)


@pytest.fixture
def lost_renewal(
    active: PushCertificate, signed_renewal: CSR, apple: Authority, ada: User
) -> PushCertificate:
    """The same of its renewal; the certificate before it is in the MDM server."""
    fetched(active)
    return destroyed(renewed(signed_renewal, active, apple, by=ada), by=ada)


def destroyed(certificate: PushCertificate, *, by: User) -> PushCertificate:
    lifecycle.destroy_key(certificate.csr, by=Actor.of(by))
    return PushCertificate.objects.get(pk=certificate.pk)


def test_push_cannot_work_and_the_renewal_is_offered_at_once(
    as_ada: Client, lost: PushCertificate, acme: Customer
) -> None:
    page, now = text(as_ada.get(acme.get_absolute_url())), now_part(as_ada, acme)

    assert BROKEN in page
    assert 'class="card standing lost"' in page
    assert "Push can work until" not in page
    assert "Nothing." not in now
    assert reverse("portal:renew", args=[lost.pk]) in now


def test_the_certificates_page_says_so_and_offers_no_instructions(
    as_ada: Client, lost: PushCertificate
) -> None:
    page = text(as_ada.get(lost.get_absolute_url()))

    assert "Nobody has its key: renew it" in page
    assert "Nobody had downloaded it by then, so nobody has it." in page
    assert reverse("portal:renew", args=[lost.pk]) in page
    assert "Put it into your MDM server" not in page
    assert "Check that it works" not in page
    assert 'class="pill lost"' in page


def test_the_page_of_its_csr_says_so(as_ada: Client, lost: PushCertificate) -> None:
    page = text(as_ada.get(lost.csr.get_absolute_url()))

    assert "The certificate is active, but nobody has its key" in page


def test_the_list_of_customers_says_so(of_two: Client, lost: PushCertificate) -> None:
    page = text(of_two.get("/"))

    assert BROKEN in page
    assert 'class="pill lost"' in page


def test_a_person_who_says_that_the_server_has_it_cannot_make_it_so(
    as_ada: Client, lost: PushCertificate, acme: Customer, ada: User
) -> None:
    lifecycle.confirm_installed(lost, by=Actor.of(ada))

    assert BROKEN in text(as_ada.get(acme.get_absolute_url()))


def test_a_key_that_was_downloaded_is_not_lost(
    as_ada: Client, active: PushCertificate, acme: Customer, ada: User
) -> None:
    fetched(active)

    destroyed(active, by=ada)

    assert "Push can work until" in text(as_ada.get(acme.get_absolute_url()))
    assert "An MDM server that has the key goes on with it" in key_gone_page(as_ada, active)


def test_a_key_that_was_never_here_is_not_lost(active: PushCertificate) -> None:
    CSR.objects.update(origin=CSR.Origin.UPLOADED, sealed_key="")

    assert not PushCertificate.objects.get(pk=active.pk).is_key_lost
    PushCertificate.objects.update(csr=None)
    assert not PushCertificate.objects.get(pk=active.pk).is_key_lost


def test_until_the_renewal_push_works_with_the_old_certificate(
    of_two: Client, lost_renewal: PushCertificate, acme: Customer
) -> None:
    page, now = text(of_two.get(acme.get_absolute_url())), now_part(of_two, acme)
    listed, own = text(of_two.get("/")), text(of_two.get(lost_renewal.get_absolute_url()))

    assert "Push works with the old certificate until" in page
    assert "can never use the new one" in page
    assert reverse("portal:renew", args=[lost_renewal.pk]) in now
    assert "Push works with the old certificate until" in listed
    assert "your MDM server has the certificate before it" in own


def test_once_the_old_certificate_has_ended_push_is_down(
    of_two: Client, lost_renewal: PushCertificate, active: PushCertificate, acme: Customer
) -> None:
    ended(active, days=12)

    pages = [text(of_two.get(one)) for one in (acme.get_absolute_url(), "/")]

    for page in pages:
        assert BROKEN in page
        assert "with the old certificate" not in page
    assert "push is down from then on" in text(of_two.get(lost_renewal.get_absolute_url()))


def test_after_the_next_renewal_nothing_is_said_of_a_certificate_that_nobody_could_use(
    as_ada: Client,
    lost: PushCertificate,
    acme: Customer,
    apple: Authority,
    ada: User,
    sam: User,
    sign_all: Callable[[], None],
) -> None:
    asked = renewal(lost, by=ada)
    lifecycle.approve(asked, by=Actor.of(sam))
    sign_all()
    asked.refresh_from_db()
    new = renewed(asked, lost, apple, by=ada)

    pages = [text(as_ada.get(one)) for one in (acme.get_absolute_url(), new.get_absolute_url())]

    for page in pages:
        assert "old certificate" not in page
        assert "certificate before it" not in page
    assert "Push can work until" in pages[0]
    ended(lost, days=12)
    new = PushCertificate.objects.get(pk=new.pk)
    assert health(new, now=new.activated_at) is Health.GOOD


def test_the_page_that_asks_says_that_nobody_can_have_the_key(
    as_ada: Client, active: PushCertificate
) -> None:
    address = reverse("portal:key_delete", args=[active.csr.pk])
    exported(active)
    page = text(as_ada.get(address))
    fetched(active)

    after = text(as_ada.get(address))

    assert f"{NEVER}: nobody can have it, and this certificate will be of no use." in page
    assert "Has your MDM server got the key?" not in page
    assert "goes on as before" not in page
    assert NEVER not in after
    assert "Has your MDM server got the key?" in after


def key_gone_page(client: Client, certificate: PushCertificate) -> str:
    """The certificate's page, once the worker has deleted the key."""
    tasks.destroy(str(certificate.csr_id))
    return text(client.get(certificate.get_absolute_url()))


def active_mail(certificate: PushCertificate) -> tuple[str, str]:
    """As text and as HTML."""
    mail = Mail.objects.filter(kind=Mail.Kind.ACTIVE, csr=certificate.csr).first()
    assert mail
    message = outbox.compose(mail)
    return str(message.body), str(message.alternatives[0][0])


@pytest.mark.parametrize("is_lost", [True, False])
def test_the_mail_on_its_renewal_names_no_certificate_that_no_server_has(
    active: PushCertificate, signed_renewal: CSR, apple: Authority, ada: User, *, is_lost: bool
) -> None:
    if is_lost:
        destroyed(active, by=ada)
    else:
        fetched(active)
    new = renewed(CSR.objects.get(pk=signed_renewal.pk), active, apple, by=ada)

    for part in active_mail(new):
        assert ("has the certificate before it" in " ".join(part.split())) != is_lost


@pytest.mark.parametrize("is_kept", [True, False])
def test_of_another_topic_no_page_or_mail_says_that_devices_stay(
    as_ada: Client,
    active: PushCertificate,
    signed_renewal: CSR,
    apple: Authority,
    ada: User,
    sam: User,
    *,
    is_kept: bool,
) -> None:
    fetched(active)
    created = der_of(apple.issue(bytes(signed_renewal.der or b"")))
    change = lifecycle.note_topic_change(signed_renewal, der=created, by=Actor.of(ada))
    lifecycle.allow_topic_change(change, reason="Meant.", by=Actor.of(sam))
    csr = CSR.objects.get(pk=signed_renewal.pk)
    new = lifecycle.activate(csr, der=created, upload="", by=Actor.of(ada))
    if not is_kept:
        destroyed(new, by=ada)

    pages = [new.get_absolute_url(), csr.get_absolute_url(), new.customer.get_absolute_url()]
    told = [*(text(as_ada.get(one)) for one in pages), *active_mail(new)]

    for one in told:
        words = " ".join(one.split())
        assert words.count("every device has to be enrolled again to be reached.") == 1
        assert "with it, push works until" not in words
        assert "unless it has the new one" not in words
