"""Until somebody says that the MDM server has a certificate: what to do, and which one works."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Customer,
    Event,
    PushCertificate,
    User,
)
from onboarding.portal.standing import Health, Standing
from pushportal.sandbox.authority import Authority
from tests.conftest import ended, renewed
from tests.custody.parts import fetched
from tests.portal.pages import now_part, text

EXPORT = "It needs certificate and key"
DOWNLOADED = "The file is downloaded. Bring it to your MDM server"
DOWNLOAD = "Download the certificate, and give it to the server"


def test_the_step_after_activation_is_the_export(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    now = now_part(as_ada, acme)

    assert EXPORT in now
    assert reverse("portal:export_create", args=[active.pk]) in now
    assert "Nothing." not in now


def test_a_reader_is_told_who_brings_the_key(
    as_bob: Client, active: PushCertificate, acme: Customer
) -> None:
    now = now_part(as_bob, acme)

    assert "An admin of Acme does that" in now
    assert "<form" not in now
    assert reverse("portal:export_create", args=[active.pk]) not in now


def test_after_the_export_the_file_is_to_be_brought_to_the_server(
    as_ada: Client, as_bob: Client, active: PushCertificate, acme: Customer
) -> None:
    fetched(active)

    now = now_part(as_ada, acme)
    assert DOWNLOADED in now
    assert f"{active.get_absolute_url()}#server" in now
    assert EXPORT not in now
    assert "an admin of Acme says so here" in now_part(as_bob, acme)
    as_ada.post(reverse("portal:installed", args=[active.pk]))
    assert "Nothing." in now_part(as_ada, acme)


def test_the_certificate_alone_brings_nobody_on_while_the_key_is_here(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    as_ada.get(reverse("portal:certificate_file", args=[active.pk]))

    assert EXPORT in now_part(as_ada, acme)


def test_where_the_server_has_the_key_the_download_is_to_be_brought_there(
    as_ada: Client, as_bob: Client, active: PushCertificate, acme: Customer
) -> None:
    CSR.objects.update(origin=CSR.Origin.UPLOADED, sealed_key="")
    address = reverse("portal:certificate_file", args=[active.pk])
    assert DOWNLOAD in now_part(as_bob, acme)

    as_bob.head(address)
    assert DOWNLOAD in now_part(as_bob, acme)
    as_bob.get(address)

    assert DOWNLOADED in now_part(as_ada, acme)


def test_an_admin_can_say_that_the_server_has_it(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    address = reverse("portal:installed", args=[active.pk])

    as_ada.post(address)
    as_ada.post(address)

    assert "Nothing." in now_part(as_ada, acme)
    assert Event.objects.filter(verb="confirm_installed").count() == 1


def test_one_can_say_so_where_the_instructions_end(
    as_ada: Client, as_bob: Client, active: PushCertificate
) -> None:
    says_so = reverse("portal:installed", args=[active.pk])
    instructions = f"{active.get_absolute_url()}?server=nanomdm"
    offered = [says_so in text(one.get(instructions)) for one in (as_ada, as_bob)]

    as_ada.post(says_so)

    assert offered == [True, False]
    assert says_so not in text(as_ada.get(instructions))


def test_a_downloaded_certificate_is_in_the_history_of_its_csr(
    as_bob: Client, active: PushCertificate
) -> None:
    as_bob.get(reverse("portal:certificate_file", args=[active.pk]))

    assert "Certificate downloaded" in text(as_bob.get(active.csr.get_absolute_url()))


def test_what_came_from_a_server_is_not_to_be_brought_there(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    PushCertificate.objects.update(csr=None)

    assert "Nothing." in now_part(as_ada, acme)


def test_a_certificate_whose_key_was_deleted_is_not_to_be_brought_anywhere(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    fetched(active)
    CSR.objects.update(key_destroyed_at=timezone.now())

    assert "Nothing." in now_part(as_ada, acme)


@pytest.mark.parametrize("state", [CSR.State.REJECTED, CSR.State.SUBMITTED, CSR.State.SIGNED])
def test_an_early_renewal_does_not_hide_what_is_still_to_be_installed(
    as_ada: Client,
    as_bob: Client,
    signed_renewal: CSR,
    active: PushCertificate,
    acme: Customer,
    ada: User,
    state: CSR.State,
) -> None:
    reason = "Not yet." if state == CSR.State.REJECTED else ""
    CSR.objects.filter(pk=signed_renewal.pk).update(state=state, rejection_reason=reason)

    now, read = now_part(as_ada, acme), now_part(as_bob, acme)
    lifecycle.confirm_installed(active, by=Actor.of(ada))
    after = now_part(as_ada, acme)

    leads_on = signed_renewal.get_absolute_url()
    assert 0 <= now.find(EXPORT) < now.find(leads_on)
    assert now.count("btn btn-primary") == 1
    assert "An admin of Acme does that" in read
    assert "Nothing." not in now + read
    assert EXPORT not in after
    assert leads_on in after


def test_another_certificate_to_install_does_not_hide_a_renewal_that_is_due(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    now = timezone.now()
    due = PushCertificate.objects.create(
        customer=acme,
        topic="com.apple.mgmt.External.second",
        not_before=now - timedelta(days=345),
        not_after=now + timedelta(days=20),
        fingerprint_sha256="0" * 64,
        der=b"x",
        activated_at=now,
    )

    found = now_part(as_ada, acme)

    assert 0 <= found.find(EXPORT) < found.find(reverse("portal:renew", args=[due.pk]))


@pytest.mark.usefixtures("signed_renewal")
def test_with_several_customers_the_list_says_both(of_two: Client) -> None:
    page = text(of_two.get("/"))

    assert "Still to be brought to the MDM server." in page
    assert "take the signed request to Apple" in page


def test_after_a_renewal_push_works_with_the_old_certificate_until_its_end(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate, apple: Authority, ada: User
) -> None:
    fetched(active)
    new = renewed(signed_renewal, active, apple, by=ada)
    PushCertificate.objects.filter(pk=active.pk).update(
        not_after=timezone.now() + timedelta(days=20, hours=1)
    )

    page = text(as_ada.get(new.customer.get_absolute_url()))
    lifecycle.confirm_installed(new, by=Actor.of(ada))
    after = text(as_ada.get(new.customer.get_absolute_url()))

    assert "Push works with the old certificate until" in page
    assert "before the old one ends" in page
    assert EXPORT in page
    assert "with the old certificate" not in after
    assert "Push can work until" in after


def test_after_a_renewal_that_came_late_push_is_down_until_the_server_has_it(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate, apple: Authority, ada: User
) -> None:
    fetched(active)
    ended(active, days=12)
    new = renewed(signed_renewal, active, apple, by=ada)

    pages = [
        text(as_ada.get(one))
        for one in (
            new.customer.get_absolute_url(),
            new.get_absolute_url(),
            signed_renewal.get_absolute_url(),
        )
    ]

    for page in pages:
        assert 'class="card standing down"' in page
        assert "your MDM server has the certificate before it" not in page
    assert "until your MDM server has the new certificate" in pages[0]
    assert "Push can work until" not in pages[0]
    assert EXPORT in pages[0]
    assert reverse("portal:renew", args=[new.pk]) not in pages[0]
    for page in pages[1:]:
        assert "The certificate before it ended on" in page
    lifecycle.confirm_installed(new, by=Actor.of(ada))
    assert "Push can work until" in text(as_ada.get(new.customer.get_absolute_url()))


def test_with_several_customers_what_is_down_is_not_green(
    of_two: Client, signed_renewal: CSR, active: PushCertificate, apple: Authority, ada: User
) -> None:
    fetched(active)
    new = renewed(signed_renewal, active, apple, by=ada)
    in_time = text(of_two.get("/"))
    ended(active, days=12)

    late = text(of_two.get("/"))

    assert "Push works with the old certificate until" in in_time
    assert "Push ended on" in late
    assert "12 days ago" in late
    assert 'class="pill down"' in late
    assert 'class="pill good"' not in late
    lifecycle.confirm_installed(new, by=Actor.of(ada))
    assert 'class="pill good"' in text(of_two.get("/"))


def test_of_two_certificates_the_one_that_is_down_is_told(
    signed_renewal: CSR, active: PushCertificate, apple: Authority, ada: User
) -> None:
    fetched(active)
    ended(active, days=12)
    new = renewed(signed_renewal, active, apple, by=ada)
    now = timezone.now()
    other = PushCertificate(not_before=now, not_after=now + timedelta(days=100))

    standing = Standing.of([other, new], [], now=now)

    assert standing.certificate == new
    assert standing.to_install == new
    assert standing.health is Health.DOWN
