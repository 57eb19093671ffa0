"""The decision as staff see it: what was seen, kept phrases, numbers for a selection, questions."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding import lifecycle, seen, tasks
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Customer,
    Event,
    Phrase,
    PushCertificate,
    User,
)
from onboarding.pki.names import Subject
from tests.admin.conftest import Clients
from tests.admin.pages import CSRS, about, deciding, page
from tests.conftest import renewal
from tests.signing.vendor import csr_der


def state(csr: CSR) -> str:
    return CSR.objects.get(pk=csr.pk).state


class TestWhatWasSeen:
    def test_a_change_since_the_page_is_named_before_anything_is_decided(
        self, staff_client: Client, submitted: CSR
    ) -> None:
        shown = {f"seen-{submitted.pk}": seen.token(submitted), "csr": str(submitted.pk)}
        Customer.objects.update(country="FR")

        content = staff_client.get(deciding("approve"), shown).content.decode()

        assert "Changed since you looked at it. Now: customer’s country: FR." in content

    def test_a_decision_about_what_changed_is_refused_and_keeps_what_was_typed(
        self, staff_client: Client, submitted: CSR
    ) -> None:
        form = {
            f"seen-{submitted.pk}": seen.token(submitted),
            "csr": str(submitted.pk),
            "reason": "Typed with care.",
        }
        Customer.objects.update(country="FR")

        content = staff_client.post(deciding("reject"), form).content.decode()

        assert "customer’s country: FR" in content
        assert "Typed with care.</textarea>" in content
        assert state(submitted) == CSR.State.SUBMITTED

    @pytest.mark.parametrize("typed", [{"reason": " "}, {"reason": "No.", "insert": "1"}])
    def test_a_change_is_named_where_the_page_comes_again(
        self, staff_client: Client, submitted: CSR, typed: dict[str, str]
    ) -> None:
        form = about(submitted, **typed)
        Customer.objects.update(country="FR")

        content = staff_client.post(deciding("reject"), form).content.decode()

        assert "Changed since you looked at it. Now: customer’s country: FR." in content

    @pytest.mark.parametrize("name", ["approve", "reject"])
    def test_a_decision_about_what_nobody_was_shown_is_refused(
        self, staff_client: Client, submitted: CSR, name: str
    ) -> None:
        form = {"csr": str(submitted.pk), "reason": "Typed with care."}

        content = staff_client.post(deciding(name), form).content.decode()

        assert "What came does not say what you were shown of this CSR." in content
        assert f'value="{seen.token(submitted)}"' in content
        assert ("Typed with care.</textarea>" in content) == (name == "reject")
        assert state(submitted) == CSR.State.SUBMITTED

    def test_the_page_carries_what_it_shows(self, staff_client: Client, submitted: CSR) -> None:
        content = staff_client.get(page(submitted)).content.decode()

        assert f"seen-{submitted.pk}={seen.token(submitted)}" in content

    def test_the_confirmation_carries_it_on(self, staff_client: Client, submitted: CSR) -> None:
        content = staff_client.get(deciding("approve"), {"csr": str(submitted.pk)}).content.decode()

        assert f'name="seen-{submitted.pk}" value="{seen.token(submitted)}"' in content


class TestPhrases:
    @pytest.fixture
    def phrase(self, request: pytest.FixtureRequest) -> Phrase:
        request.getfixturevalue("db")
        return Phrase.objects.create(title="Other name", text="Use the name of the contract.")

    def test_a_phrase_is_put_under_what_was_typed_and_nothing_is_decided(
        self, staff_client: Client, submitted: CSR, phrase: Phrase
    ) -> None:
        form = {"csr": str(submitted.pk), "reason": "Hello.", "insert": str(phrase.pk)}

        content = staff_client.post(deciding("reject"), form).content.decode()

        assert "Hello.\n\nUse the name of the contract.</textarea>" in content
        assert state(submitted) == CSR.State.SUBMITTED

    def test_an_approver_keeps_changes_and_drops_phrases(self, staff_client: Client) -> None:
        staff_client.post("/admin/onboarding/phrase/add/", {"title": "A", "text": "B."})
        phrase = Phrase.objects.get(title="A")
        staff_client.post(page(phrase), {"title": "A", "text": "C."})
        changed = Phrase.objects.get().text
        staff_client.post(
            reverse("admin:onboarding_phrase_delete", args=[phrase.pk]), {"post": "yes"}
        )

        assert changed == "C."
        assert not Phrase.objects.exists()
        verbs = Event.objects.filter(verb__endswith="_phrase").values_list("verb", flat=True)
        assert list(verbs) == ["keep_phrase", "keep_phrase", "drop_phrase"]


class TestASelection:
    def test_says_in_numbers_what_will_happen(
        self, staff_client: Client, submitted: CSR, active: PushCertificate, ada: User
    ) -> None:
        ids = [str(submitted.pk), str(renewal(active, by=ada).pk)]
        data = {"action": "approve_selected", "index": "0", "_selected_action": ids}

        content = staff_client.post(CSRS, data, follow=True).content.decode()

        assert "Of 2: 1 will be approved, 1 will stay as now." in content

    def test_counts_first_approvals_apart(
        self,
        staff_client: Client,
        submitted: CSR,
        eve: User,
        globex: Customer,
        sue: User,
        settings: Settings,
    ) -> None:
        settings.APPROVALS_REQUIRED = 2
        subject = Subject(common_name="Globex", country="US")
        other = lifecycle.request_csr(globex, subject=subject, by=Actor.of(eve))
        tasks.make_csr(str(other.pk))
        lifecycle.approve(submitted, by=Actor.of(sue))
        ids = [str(submitted.pk), str(other.pk)]
        data = {"action": "approve_selected", "index": "0", "_selected_action": ids}

        content = staff_client.post(CSRS, data, follow=True).content.decode()

        assert "1 will be approved, 1 will have one approval more and go on waiting." in content


class TestAnApproval:
    @pytest.fixture(autouse=True)
    def two(self, settings: Settings) -> None:
        settings.APPROVALS_REQUIRED = 2

    def test_that_is_the_first_of_two_does_not_say_that_it_signs(
        self, staff_client: Client, submitted: CSR, sue: User
    ) -> None:
        first = staff_client.get(deciding("approve"), {"csr": str(submitted.pk)}).content.decode()
        lifecycle.approve(submitted, by=Actor.of(sue))

        second = staff_client.get(deciding("approve"), {"csr": str(submitted.pk)}).content.decode()

        assert "nothing is signed before somebody else approves it" in first
        assert "is signed with the vendor" not in first
        assert "What is approved is signed with the vendor" in second

    def test_is_offered_to_be_taken_back_by_who_gave_it(
        self, client_of: Clients, submitted: CSR, sam: User, sue: User
    ) -> None:
        client_of(sam).post(deciding("approve"), about(submitted))
        mine = client_of(sam).get(page(submitted)).content.decode()
        theirs = client_of(sue).get(page(submitted)).content.decode()

        client_of(sam).post(deciding("take-back"), {"csr": str(submitted.pk)})

        assert deciding("take-back") in mine
        assert deciding("take-back") not in theirs
        assert not submitted.approvals.exists()

    def test_that_does_not_count_any_more_is_marked(
        self, staff_client: Client, submitted: CSR
    ) -> None:
        staff_client.post(deciding("approve"), about(submitted))
        Customer.objects.update(country="FR")

        assert "does not count any more" in staff_client.get(page(submitted)).content.decode()

    def test_by_the_lists_action_needs_two_people_too(
        self, staff_client: Client, submitted: CSR
    ) -> None:
        for _ in range(2):
            staff_client.post(deciding("approve"), about(submitted))

        assert state(submitted) == CSR.State.SUBMITTED


class TestClaimedAndKnown:
    def test_all_of_a_subject_is_shown(
        self,
        staff_client: Client,
        acme: Customer,
        ada: User,
        push_keys: list[rsa.RSAPrivateKey],
    ) -> None:
        further = [(NameOID.LOCALITY_NAME, "Lyon"), (NameOID.COMMON_NAME, "Globex")]
        csr = lifecycle.submit_upload(
            acme, der=csr_der(push_keys[0], further=further), upload="", by=Actor.of(ada)
        )

        content = staff_client.get(page(csr)).content.decode()

        assert "L=Lyon, CN=Globex" in content

    def test_a_new_one_stands_beside_the_certificate_before(
        self, staff_client: Client, active: PushCertificate, acme: Customer, ada: User
    ) -> None:
        csr = lifecycle.request_csr(
            acme, subject=Subject(common_name="Other push", country="DE"), by=Actor.of(ada)
        )
        tasks.make_csr(str(csr.pk))

        content = staff_client.get(page(csr)).content.decode()

        assert "The certificate before" in content
        assert active.serial in content
        assert "changed" in content.partition("Common name (CN)")[2].partition("</tr>")[0]

    def test_an_imported_certificate_stands_there_by_what_it_says(
        self, staff_client: Client, active: PushCertificate, ada: User
    ) -> None:
        PushCertificate.objects.update(csr=None, apple_account="old@acme.example")
        csr = renewal(active, by=ada)

        content = staff_client.get(page(csr)).content.decode()

        assert "imported without its CSR" in content
        assert "old@acme.example" in content
        assert active.topic in content

    def test_the_first_one_has_nothing_beside_it(
        self, staff_client: Client, submitted: CSR
    ) -> None:
        assert "The certificate before" not in staff_client.get(page(submitted)).content.decode()


class TestWhoCannotApprove:
    @pytest.fixture(autouse=True)
    def two(self, settings: Settings) -> None:
        settings.APPROVALS_REQUIRED = 2

    def test_is_told_why_and_offered_none(
        self, staff_client: Client, submitted: CSR, sam: User
    ) -> None:
        lifecycle.approve(submitted, by=Actor.of(sam))

        content = staff_client.get(page(submitted)).content.decode()

        assert "You approved it already; someone else has to, too." in content
        assert deciding("approve") not in content
        assert deciding("reject") in content

    def test_has_no_button_on_the_confirmation(
        self, staff_client: Client, submitted: CSR, sam: User
    ) -> None:
        lifecycle.approve(submitted, by=Actor.of(sam))

        content = staff_client.get(deciding("approve"), {"csr": str(submitted.pk)}).content.decode()

        assert "Nothing: you approved it already" in content
        assert "button-success" not in content
