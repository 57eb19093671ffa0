"""Small things that the staff's pages say, or say no more."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, CustomerImport, Mail, Membership, PushCertificate, User
from tests.admin.conftest import Clients
from tests.admin.pages import about, deciding, page
from tests.importing.test_folder import KEY, zipped

EVENTS = "/admin/onboarding/event/"
IMPORTS = "/admin/onboarding/customerimport/"


@pytest.mark.parametrize("asked", ["verb=flew", "since=yesterday", "until=2026-02-30", "within=9"])
def test_a_list_says_that_it_does_not_know_what_it_is_asked_for(
    staff_client: Client, asked: str
) -> None:
    content = staff_client.get(f"{EVENTS}?{asked}", follow=True).content.decode()

    assert "that this list does not know" in content


def test_what_a_list_knows_is_shown_without_a_word(staff_client: Client) -> None:
    for asked in ("", "?verb=approve", "?verb=accept_invitation", "?since=2026-01-01"):
        answer = staff_client.get(f"{EVENTS}{asked}")

        assert answer.status_code == 200
        assert "does not know" not in answer.content.decode()


def test_an_export_of_what_is_not_known_takes_nothing_away(staff_client: Client) -> None:
    address = reverse("admin:onboarding_event_export", args=["csv"])

    answer = staff_client.get(f"{address}?since=yesterday", follow=True)

    assert "does not know" in answer.content.decode()


def test_the_trail_says_whose_record_changed(staff_client: Client, sam: User) -> None:
    lifecycle.person_changed(sam, changes={"name": "a → b"}, by=Actor.of(sam))

    assert f"person changed: {sam.email}" in staff_client.get(EVENTS).content.decode()


@pytest.mark.parametrize(("query", "says"), [("", True), ("?state=all", False), ("?q=a", False)])
def test_a_list_that_leaves_closed_customers_out_says_so(
    staff_client: Client, acme: Customer, sam: User, query: str, *, says: bool
) -> None:
    address = reverse("admin:onboarding_customer_changelist")
    before = staff_client.get(f"{address}{query}").content.decode()
    lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=Actor.of(sam))

    after = staff_client.get(f"{address}{query}").content.decode()

    assert "Closed customers are not listed here." not in before
    assert ("Closed customers are not listed here." in after) == says


def test_a_decided_csr_shows_what_was_unusual_then(
    staff_client: Client, submitted: CSR, acme: Customer
) -> None:
    Customer.objects.filter(pk=acme.pk).update(country="FR")
    staff_client.post(deciding("reject"), about(submitted, reason="No."))
    Customer.objects.filter(pk=acme.pk).update(country="DE")

    content = staff_client.get(page(submitted)).content.decode()

    assert "What was unusual when it was decided" in content
    assert "the customer&#x27;s record says “FR”" in content


def test_who_else_was_asked_are_others(
    client_of: Clients, submitted: CSR, sam: User, sue: User
) -> None:
    for person in (sam, sue):
        Mail.objects.get_or_create(
            kind=Mail.Kind.WAITING,
            csr=submitted,
            recipient=person.email,
            defaults={"queued_at": timezone.now()},
        )

    asked = client_of(sam).get(page(submitted)).context["asked"]

    assert [mail.recipient for mail in asked] == [sue.email]


def test_remind_now_is_offered_again_when_it_is_possible(
    staff_client: Client, active: PushCertificate, ada: User, sam: User
) -> None:
    address = reverse("admin:onboarding_pushcertificate_remind", args=[active.pk])
    pages = [page(active), page(active.customer)]

    def offers() -> list[tuple[bool, bool]]:
        shown = [staff_client.get(one).content.decode() for one in pages]
        return [(address in one, "UTC on" in one) for one in shown]

    before = offers()
    lifecycle.remind_now(active, by=Actor.of(sam))
    within_the_hour = offers()
    Mail.objects.update(queued_at=timezone.now() - timedelta(minutes=61))

    assert before == [(True, False)] * 2
    assert within_the_hour == [(False, True)] * 2
    assert offers() == [(True, False)] * 2


class TestAnImport:
    def begin(self, client: Client, **files: bytes) -> str:
        uploads = {name: SimpleUploadedFile(name, content) for name, content in files.items()}
        return client.post(f"{IMPORTS}add/", uploads, follow=True).content.decode()

    @pytest.mark.parametrize(
        ("table", "archive", "noun"),
        [(KEY, zipped(a=b"x"), "CSV"), (b"Name,Country\nA,DE\n", KEY, "ZIP")],
    )
    def test_names_a_private_key_and_keeps_nothing_of_it(
        self, staff_client: Client, table: bytes, archive: bytes, noun: str
    ) -> None:
        content = self.begin(staff_client, table=table, archive=archive)

        assert f"This is a private key, and no {noun}. It was refused" in content
        assert not CustomerImport.objects.exists()

    def test_says_where_a_file_was_looked_for(self, staff_client: Client) -> None:
        table = b"Name,Country,Certificate\nA,DE,a.pem\n"

        with_zip = self.begin(staff_client, table=table, archive=zipped(b=b"x"))
        without = self.begin(staff_client, table=table)

        assert "The file “a.pem” is not in the ZIP." in with_zip
        assert "The file “a.pem” is not here: no ZIP was chosen." in without


class TestInvitingStaff:
    @pytest.fixture(autouse=True)
    def colleague(self, sue: User) -> None:
        """Sue is one of the staff."""

    @pytest.mark.parametrize("address", ["sue@vendor.example", "Sue+acme@vendor.example"])
    def test_staff_do_not_invite_their_own(
        self, staff_client: Client, acme: Customer, address: str
    ) -> None:
        invite = reverse("admin:onboarding_customer_invite", args=[acme.pk])

        answer = staff_client.post(invite, {"email": address, "role": "reader"})

        assert "is one of your own staff" in answer.content.decode()
        assert not acme.invitations.exists()

    def test_a_customers_admin_learns_nothing_of_who_is_staff(
        self, acme: Customer, ada: User, sue: User
    ) -> None:
        role = Membership.Role.READER

        lifecycle.invite(acme, email=sue.email, role=role, by=Actor.of(ada))

        assert acme.invitations.count() == 1

    def test_the_verb_refuses_it_to_every_door(self, acme: Customer, sam: User, sue: User) -> None:
        with pytest.raises(errors.AlreadyThere, match="one of your own staff"):
            lifecycle.invite(acme, email=sue.email, role=Membership.Role.READER, by=Actor.of(sam))


def test_a_link_to_a_new_one_says_so_in_words(staff_client: Client) -> None:
    content = staff_client.get("/admin/onboarding/campaign/").content.decode()

    assert ">Add campaign</a>" in content


def test_nobody_is_invited_to_a_customer_that_was_closed_meanwhile(
    staff_client: Client, acme: Customer
) -> None:
    Customer.objects.update(closed_at=timezone.now())
    form = {"email": "eve@acme.example", "role": "reader", "language": "en"}

    answer = staff_client.post(reverse("admin:onboarding_customer_invite", args=[acme.pk]), form)

    assert answer.status_code == 200
    assert "eve@acme.example" in answer.content.decode()
    assert not acme.invitations.exists()


def test_a_decided_csr_is_not_held_against_a_number_of_later(
    staff_client: Client, approved: CSR
) -> None:
    Customer.objects.update(approvals_required=2)

    content = staff_client.get(page(approved)).content.decode()

    assert "of 2 approvals" not in content
