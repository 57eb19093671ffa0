"""The way into a renewal: where it stands, for whoever comes by a mail's link."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Contact, Customer, PushCertificate, TopicChange, User
from onboarding.portal.standing import Health, Standing, health
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of
from tests.custody.parts import fetched


def leads_to(client: Client, certificate: PushCertificate) -> str:
    return client.get(reverse("portal:renew", args=[certificate.pk]))["Location"]


def confirm(client: Client, certificate: PushCertificate) -> str:
    """Go into the renewal, and say that its Apple Account is right; where that leads to."""
    asked = leads_to(client, certificate)
    account = client.get(asked).context["account"]
    return client.post(asked, {"apple_account": account})["Location"]


def test_a_renewal_begins_with_the_apple_account_of_the_certificate(
    active: PushCertificate, acme: Customer, as_ada: Client
) -> None:
    # What the organisation uses today is not what the certificate was made with.
    Customer.objects.update(apple_account="new@acme.example")
    PushCertificate.objects.update(apple_account="push@acme.example")

    page = as_ada.get(leads_to(as_ada, active)).content.decode()

    assert "Can you sign in at Apple with this account?" in page
    assert "<strong>push@acme.example</strong>" in page
    assert reverse("portal:transfer", args=[active.pk]) in page


@pytest.mark.parametrize("page", ["csr_create", "csr_upload"])
def test_the_account_is_confirmed_before_the_csr_and_the_way_there_is_kept(
    active: PushCertificate, acme: Customer, as_ada: Client, page: str
) -> None:
    address = f"{reverse(f'portal:{page}', args=[acme.pk])}?renews={active.pk}"

    asked = as_ada.get(address)["Location"]
    back = as_ada.post(asked, {"apple_account": active.apple_account, "back": "yes"})
    still_asked = as_ada.get(address)
    confirmed = as_ada.post(asked, {"apple_account": active.apple_account})

    assert "/csrs/account?" in asked
    assert "/csrs/start" in back["Location"]
    assert still_asked["Location"] == asked
    assert confirmed["Location"] == address
    assert as_ada.get(address).status_code == 200
    # On another device it goes on from there.
    assert "/csrs/new?" in leads_to(as_ada, active)


def test_another_account_than_the_certificates_confirms_nothing(
    active: PushCertificate, as_ada: Client
) -> None:
    PushCertificate.objects.update(apple_account="push@acme.example")
    asked = leads_to(as_ada, active)

    answer = as_ada.post(asked, {"apple_account": "other@acme.example"})

    assert answer.status_code == 422
    assert "only that account can renew it" in answer.content.decode()
    assert leads_to(as_ada, active) == asked


def test_a_personal_account_that_a_certificate_has_is_not_questioned_again(
    active: PushCertificate, as_ada: Client
) -> None:
    PushCertificate.objects.update(apple_account="ada@gmail.com")

    assert "/csrs/new?" in confirm(as_ada, active)


def test_an_imported_certificate_is_asked_first_where_its_key_shall_be(
    active: PushCertificate, acme: Customer, as_ada: Client
) -> None:
    PushCertificate.objects.update(csr=None)
    start = leads_to(as_ada, active)

    chosen = as_ada.post(start, {"way": "uploaded"})["Location"]
    confirmed = as_ada.post(chosen, {"apple_account": active.apple_account})["Location"]

    assert "/csrs/start?" in start
    assert "/csrs/account?" in chosen
    assert "/csrs/upload?" in confirmed


def test_a_key_made_here_is_made_here_again(active: PushCertificate, as_ada: Client) -> None:
    where = confirm(as_ada, active)

    assert where == f"/customers/{active.customer_id}/csrs/new?renews={active.pk}"


def test_a_csr_that_was_uploaded_is_uploaded_again(active: PushCertificate, as_ada: Client) -> None:
    CSR.objects.update(origin=CSR.Origin.UPLOADED)

    assert f"/csrs/upload?renews={active.pk}" in confirm(as_ada, active)


def test_one_that_runs_is_gone_on_with(signed_renewal: CSR, as_ada: Client) -> None:
    assert signed_renewal.renews is not None

    assert leads_to(as_ada, signed_renewal.renews) == signed_renewal.get_absolute_url()


def test_what_has_expired_is_renewed_and_not_started_over(
    active: PushCertificate, as_ada: Client
) -> None:
    now = timezone.now()
    PushCertificate.objects.update(
        not_before=now - timedelta(days=365), not_after=now - timedelta(minutes=1)
    )

    assert f"renews={active.pk}" in leads_to(as_ada, active)


def test_a_reader_is_told_who_renews(active: PushCertificate, as_bob: Client) -> None:
    answer = as_bob.get(reverse("portal:renew", args=[active.pk]), follow=True)

    assert "An admin of Acme renews this certificate." in answer.content.decode()


def test_what_was_renewed_leads_to_its_successor(
    signed_renewal: CSR, as_ada: Client, ada: User
) -> None:
    renewed = signed_renewal.renews
    assert renewed is not None
    PushCertificate.objects.filter(pk=renewed.pk).update(state="superseded")

    assert leads_to(as_ada, renewed) == renewed.get_absolute_url()


def test_a_renewals_csr_says_what_the_last_one_said(
    active: PushCertificate, as_ada: Client
) -> None:
    CSR.objects.update(email="mdm@acme.example")

    page = as_ada.get(confirm(as_ada, active)).content.decode()

    assert 'value="mdm@acme.example"' in page


@pytest.mark.parametrize(
    ("days", "expected"), [(91, Health.GOOD), (89, Health.DUE), (29, Health.ENDING)]
)
def test_a_certificate_shows_that_it_can_be_renewed(
    active: PushCertificate, days: int, expected: Health
) -> None:
    now = active.not_after - timedelta(days=days)

    assert health(active, now=now) is expected
    assert Standing.of([active], [], now=now).health is expected


def test_a_withdrawn_renewal_can_be_begun_again(
    signed_renewal: CSR, as_ada: Client, ada: User
) -> None:
    renewed = signed_renewal.renews
    assert renewed is not None

    lifecycle.withdraw(signed_renewal, by=Actor.of(ada))

    assert f"renews={renewed.pk}" in leads_to(as_ada, renewed)


def test_it_is_asked_before_staff_are_asked_for_a_new_topic(
    as_ada: Client, change: TopicChange
) -> None:
    TopicChange.objects.update(wanted_by=None, wanted_at=None)
    created = reverse("portal:created", args=[change.csr_id])
    meant = reverse("portal:created_meant", args=[change.csr_id])

    shown = as_ada.get(created).content.decode()
    asked = as_ada.get(meant).content.decode()
    as_ada.post(created, {"topic": change.topic})

    assert f'href="{meant}"' in shown
    assert change.topic not in shown.split("Is the new topic meant?", 1)[1]
    assert "until that device is enrolled again" in asked
    change.refresh_from_db()
    assert change.wanted_at
    assert as_ada.get(meant)["Location"] == created


def test_after_a_renewal_it_is_said_that_the_server_has_the_old_one(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate, apple: Authority, ada: User
) -> None:
    fetched(active)
    der = der_of(apple.issue(bytes(signed_renewal.der or b""), topic=active.topic))
    new = lifecycle.activate(signed_renewal, der=der, upload="", by=Actor.of(ada))
    told = "your MDM server has the certificate before it"

    assert told in as_ada.get(new.get_absolute_url()).content.decode()
    assert told in as_ada.get(signed_renewal.get_absolute_url()).content.decode()
    lifecycle.confirm_installed(new, by=Actor.of(ada))
    assert told not in as_ada.get(new.get_absolute_url()).content.decode()


def test_who_is_told_already_is_named_and_not_asked_for(
    active: PushCertificate, acme: Customer, as_ada: Client
) -> None:
    asked = leads_to(as_ada, active)
    before = as_ada.get(asked).content.decode()
    Contact.objects.create(customer=acme, email="desk@acme.example")

    page = as_ada.get(asked).content.decode()

    assert 'name="second_contact"' in before
    assert "desk@acme.example" in page
    assert 'name="second_contact"' not in page
    assert reverse("portal:notifications", args=[acme.pk]) in page


def test_the_csr_of_an_imported_certificate_says_its_apple_account(
    active: PushCertificate, acme: Customer, as_ada: Client
) -> None:
    PushCertificate.objects.update(csr=None, apple_account="push@acme.example")
    start = leads_to(as_ada, active)
    account = as_ada.post(start, {"way": "made_here"})["Location"]
    create = as_ada.post(account, {"apple_account": "push@acme.example"})["Location"]

    assert 'value="push@acme.example"' in as_ada.get(create).content.decode()
