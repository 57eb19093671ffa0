"""The page on how a customer's CSRs are approved: the number of people, standing approvals."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import lifecycle, tasks
from onboarding.lifecycle import Actor
from onboarding.models import (
    Customer,
    PushCertificate,
    StandingApproval,
    StandingUse,
    User,
)
from onboarding.pki.names import Subject
from tests.admin.conftest import Clients
from tests.admin.pages import approving, deciding, page
from tests.conftest import renewal


class TestStandingApprovals:
    def test_staff_give_one_and_end_it(self, staff_client: Client, acme: Customer) -> None:
        last_day = (timezone.now() + timedelta(days=30)).date().isoformat()
        terms = {"do": "give", "last_day": last_day, "monthly_limit": "3"}
        given = staff_client.post(approving(acme), terms, follow=True).content.decode()

        ended = staff_client.post(approving(acme), {"do": "end"}, follow=True).content.decode()

        assert "In force" in given
        assert "The standing approval is over." in ended
        assert StandingApproval.objects.get().ended_at is not None

    def test_terms_beyond_sense_are_told_and_kept(
        self, staff_client: Client, acme: Customer
    ) -> None:
        terms = {"do": "give", "last_day": "2020-01-01", "monthly_limit": "3"}

        content = staff_client.post(approving(acme), terms).content.decode()

        assert "cannot end on 2020-01-01" in content
        assert 'value="2020-01-01"' in content

    def test_what_was_approved_under_one_says_so_and_is_looked_at(
        self, staff_client: Client, active: PushCertificate, ada: User, sam: User
    ) -> None:
        lifecycle.give_standing_approval(
            active.customer,
            ends_at=timezone.now() + timedelta(days=30),
            monthly_limit=3,
            by=Actor.of(sam),
        )
        csr = renewal(active, by=ada)
        content = " ".join(staff_client.get(page(csr)).content.decode().split())
        uses = "/admin/onboarding/standinguse/"
        listed = staff_client.get(uses).content.decode()

        staff_client.post(
            uses,
            {
                "action": "mark_reviewed",
                "index": "0",
                "_selected_action": [str(csr.standing_use.pk)],
            },
        )

        assert "Approved by the portal under the" in content
        assert "that Sam gave" in content
        assert str(csr) in listed
        assert StandingUse.objects.get().reviewed_by == sam

    @pytest.fixture
    def use(self, active: PushCertificate, ada: User, sam: User) -> StandingUse:
        ends_at = timezone.now() + timedelta(days=30)
        lifecycle.give_standing_approval(
            active.customer, ends_at=ends_at, monthly_limit=3, by=Actor.of(sam)
        )
        return StandingUse.objects.get(csr=renewal(active, by=ada))

    def test_who_looked_at_a_csr_says_so_on_its_page(
        self, staff_client: Client, use: StandingUse, sam: User
    ) -> None:
        address = reverse("admin:onboarding_standinguse_look", args=[use.pk])
        pages = [staff_client.get(page(row)).content.decode() for row in (use.csr, use)]

        answer = staff_client.post(address)

        assert [f'action="{address}"' in one for one in pages] == [True, True]
        assert answer["Location"] == page(use.csr)
        use.refresh_from_db()
        assert use.reviewed_by == sam
        after = [staff_client.get(page(row)).content.decode() for row in (use.csr, use)]
        assert [address in one for one in after] == [False, False]

    def test_who_looked_at_a_csr_says_so_beside_the_standing_approval(
        self, client_of: Clients, staff_client: Client, use: StandingUse, sam: User, tom: User
    ) -> None:
        address = approving(use.csr.customer)
        looking = reverse("admin:onboarding_standinguse_look", args=[use.pk])
        offered = f'aria-label="I have looked at {use.csr}"'
        before = [one.get(address).content.decode() for one in (staff_client, client_of(tom))]
        refused = client_of(tom).post(looking, {"listed": "yes"})

        answer = staff_client.post(looking, {"listed": "yes"}, follow=True)

        assert answer.redirect_chain == [(address, 302)]
        assert [offered in one for one in before] == [True, False]
        assert refused.status_code == 403
        assert f"{use.csr}: looked at." in answer.content.decode()
        assert offered not in answer.content.decode()
        use.refresh_from_db()
        assert use.reviewed_by == sam

    def test_that_a_colleague_was_faster_is_told(
        self, staff_client: Client, use: StandingUse, sue: User
    ) -> None:
        lifecycle.review_standing_use(use, by=Actor.of(sue))

        answer = staff_client.post(
            reverse("admin:onboarding_standinguse_look", args=[use.pk]), follow=True
        )

        assert "Somebody looked at it before you." in answer.content.decode()
        use.refresh_from_db()
        assert use.reviewed_by == sue

    def test_a_link_says_of_nobody_that_they_looked(
        self, staff_client: Client, use: StandingUse
    ) -> None:
        staff_client.get(reverse("admin:onboarding_standinguse_look", args=[use.pk]))

        use.refresh_from_db()
        assert use.reviewed_at is None

    def test_who_may_not_approve_is_offered_no_look(
        self, client_of: Clients, tom: User, use: StandingUse
    ) -> None:
        address = reverse("admin:onboarding_standinguse_look", args=[use.pk])

        assert address not in client_of(tom).get(page(use.csr)).content.decode()
        assert address not in client_of(tom).get(page(use)).content.decode()
        assert client_of(tom).post(address).status_code == 403

    @pytest.mark.parametrize("do", ["number", "give", "agree", "end", "other"])
    def test_an_auditor_changes_nothing(
        self, client_of: Clients, tom: User, acme: Customer, do: str
    ) -> None:
        answer = client_of(tom).post(approving(acme), {"do": do, "number": "3"})

        assert answer.status_code == 403
        acme.refresh_from_db()
        assert acme.approvals_required == 1

    def test_why_one_does_not_cover_a_renewal_is_said(
        self, staff_client: Client, active: PushCertificate, ada: User, sam: User
    ) -> None:
        lifecycle.give_standing_approval(
            active.customer,
            ends_at=timezone.now() + timedelta(days=30),
            monthly_limit=3,
            by=Actor.of(sam),
        )
        Customer.objects.update(apple_account="new@acme.example")

        content = staff_client.get(page(renewal(active, by=ada))).content.decode()

        assert "The Apple Account is not known, or another than the certificate’s." in content


class TestASmallerNumberOfApprovals:
    @pytest.fixture(autouse=True)
    def two(self, acme: Customer) -> None:
        Customer.objects.filter(pk=acme.pk).update(approvals_required=2)
        acme.refresh_from_db()

    def lower(self, client: Client, acme: Customer) -> str:
        form = {"do": "number", "number": "1"}
        return client.post(approving(acme), form, follow=True).content.decode()

    def test_is_told_where_approvals_are_and_how_it_comes_to_count(
        self, staff_client: Client, client_of: Clients, acme: Customer, ada: User, sue: User
    ) -> None:
        told = self.lower(staff_client, acme)
        csr = lifecycle.request_csr(
            acme, subject=Subject(common_name="Acme", country="DE"), by=Actor.of(ada)
        )
        tasks.make_csr(str(csr.pk))
        addresses = [
            approving(acme),
            page(acme),
            page(csr),
            f"{deciding('approve')}?csr={csr.pk}",
        ]

        pages = [client_of(sue).get(address).content.decode() for address in addresses]

        assert "Noted. Once another operator or a superuser sets 1, too, it counts" in told
        sentence = "to lower this customer&#x27;s number from 2 to 1. It stays 2 until another"
        assert [sentence in one for one in pages] == [True] * 4
        assert ["Confirm 1" in one for one in pages] == [True, True, False, False]

    def test_is_offered_to_be_confirmed_to_others_alone(
        self, staff_client: Client, client_of: Clients, acme: Customer, sue: User, tom: User
    ) -> None:
        self.lower(staff_client, acme)

        mine, others = (one.get(page(acme)).content.decode() for one in map(client_of, (sue, tom)))
        own = staff_client.get(page(acme)).content.decode()

        assert ("Confirm 1" in mine, "Confirm 1" in others, "Confirm 1" in own) == (
            True,
            False,
            False,
        )
        assert (
            "You asked for 1 yourself. A second operator has to confirm it, or a superuser." in own
        )
        assert "a superuser makes one: under Users, by the role “Operator”." in own

    def test_is_confirmed_and_refused_by_the_same_form(
        self, staff_client: Client, client_of: Clients, acme: Customer, sue: User
    ) -> None:
        self.lower(staff_client, acme)

        again = self.lower(staff_client, acme)
        confirmed = self.lower(client_of(sue), acme)

        assert "You asked for 1 yourself." in again
        assert "From now on, CSRs of Acme need 1." in confirmed


class TestTheStandingApprovalsPage:
    def test_a_day_without_a_next_one_is_refused(
        self, staff_client: Client, acme: Customer
    ) -> None:
        terms = {"do": "give", "last_day": "9999-12-31", "monthly_limit": "5"}

        content = staff_client.post(approving(acme), terms).content.decode()

        assert "A standing approval cannot end on 9999-12-31" in content

    def test_one_person_is_counted_once_and_not_asked_again(
        self, client_of: Clients, acme: Customer, sam: User
    ) -> None:
        Customer.objects.update(approvals_required=2)
        lifecycle.give_standing_approval(
            acme, ends_at=timezone.now() + timedelta(days=9), monthly_limit=5, by=Actor.of(sam)
        )
        again = User.objects.create_user("sam+2@vendor.example", "pw", name="Sam", is_staff=True)
        again.groups.set(sam.groups.all())

        content = client_of(again).get(approving(acme)).content.decode()

        assert "1 of 2 agreed. You agreed to this already, as sam@vendor.example" in content
        assert "Agree to it" not in content
