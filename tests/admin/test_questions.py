"""Questions to a customer: for a selection, who gets them, and the answer."""

import pytest
from django.test import Client
from django.urls import reverse

from onboarding import lifecycle, tasks
from onboarding.lifecycle import Actor, owed_mail
from onboarding.models import (
    CSR,
    Customer,
    Mail,
    Phrase,
    Question,
    User,
)
from onboarding.pki.names import Subject
from tests.admin.conftest import Clients
from tests.admin.pages import CSRS, deciding, page


class TestAskingAboutASelection:
    @pytest.fixture
    def other(self, eve: User, globex: Customer) -> CSR:
        subject = Subject(common_name="Globex", country="US")
        csr = lifecycle.request_csr(globex, subject=subject, by=Actor.of(eve))
        tasks.make_csr(str(csr.pk))
        return CSR.objects.get(pk=csr.pk)

    def test_says_to_whom_each_question_goes_and_sends_none(
        self, staff_client: Client, submitted: CSR, other: CSR
    ) -> None:
        submitted.customer.contacts.create(email="it@acme.example")
        data = {"action": "ask_selected", "_selected_action": [submitted.pk, other.pk]}

        content = staff_client.post(CSRS, data, follow=True).content.decode()

        assert "Ask about 2 CSRs?" in content
        assert "To ada@acme.example, it@acme.example" in content
        assert "To eve@globex.example" in content
        assert not Question.objects.exists()

    def test_whom_it_names_is_who_gets_it(self, submitted: CSR, other: CSR, sam: User) -> None:
        submitted.customer.contacts.create(email="ADA@acme.example")
        submitted.customer.contacts.create(email="it@acme.example")
        named = owed_mail.readers([submitted, other])

        for csr in (submitted, other):
            lifecycle.ask_customer(csr, question="Why?", by=Actor.of(sam))

        mails = Mail.objects.filter(kind=Mail.Kind.CSR_QUESTION)
        assert sorted(mails.values_list("csr", "recipient")) == sorted(
            (csr, address) for csr, addresses in named.items() for address in addresses
        )

    def test_that_nobody_gets_it_is_said(
        self, staff_client: Client, submitted: CSR, other: CSR, eve: User
    ) -> None:
        User.objects.filter(pk=eve.pk).update(is_active=False)

        content = staff_client.get(
            deciding("ask"), {"csr": [str(submitted.pk), str(other.pk)]}
        ).content.decode()

        assert content.count("To nobody by mail") == 1

    def test_asks_each_customer_the_same(
        self, staff_client: Client, submitted: CSR, other: CSR
    ) -> None:
        staff_client.post(deciding("ask"), {"csr": [submitted.pk, other.pk], "reason": "Why now?"})

        asked = Question.objects.values_list("csr", "text")
        assert set(asked) == {(submitted.pk, "Why now?"), (other.pk, "Why now?")}

    def test_what_is_refused_is_named_and_the_others_are_asked(
        self, staff_client: Client, submitted: CSR, other: CSR, sam: User
    ) -> None:
        lifecycle.reject(other, reason="No.", by=Actor.of(sam))
        form = {"csr": [submitted.pk, other.pk], "reason": "Why now?"}

        content = staff_client.post(deciding("ask"), form).content.decode()

        assert "1 of 2 was refused; below is why." in content
        assert content.count("This CSR is now “Rejected”") == 1
        assert "Why now?</p>" in content
        assert list(Question.objects.values_list("csr", flat=True)) == [submitted.pk]

    def test_what_is_refused_for_good_is_not_asked_again(
        self, staff_client: Client, submitted: CSR, sam: User
    ) -> None:
        lifecycle.reject(submitted, reason="No.", by=Actor.of(sam))

        content = staff_client.post(
            deciding("ask"), {"csr": submitted.pk, "reason": "Why now?"}
        ).content.decode()

        assert "<h2>Ask about 1 CSR: refused</h2>" in content
        assert "There is nothing left to do here." in content
        assert ">Ask the customer</button>" not in content
        assert ">Back to the CSR</a>" in content

    def test_what_is_refused_and_can_be_tried_again_says_so(
        self, staff_client: Client, submitted: CSR
    ) -> None:
        form = {"csr": submitted.pk, "reason": "Why now?"}
        staff_client.post(deciding("ask"), form)

        content = staff_client.post(deciding("ask"), form).content.decode()

        assert "<h2>Ask about 1 CSR: refused</h2>" in content
        assert "The button tries it once more" in content
        assert "Why now?</textarea>" in content
        assert ">Ask the customer</button>" in content

    def test_what_cannot_be_done_is_not_asked(
        self, staff_client: Client, submitted: CSR, sam: User
    ) -> None:
        lifecycle.reject(submitted, reason="No.", by=Actor.of(sam))

        content = staff_client.get(deciding("ask"), {"csr": str(submitted.pk)}).content.decode()

        assert "<h2>Ask about 1 CSR: not possible now</h2>" in content

    def test_a_second_click_asks_nobody_again(
        self, staff_client: Client, submitted: CSR, other: CSR
    ) -> None:
        form = {"csr": [submitted.pk, other.pk], "reason": "Why now?"}
        staff_client.post(deciding("ask"), form)

        again = staff_client.post(deciding("ask"), form).content.decode()

        assert Question.objects.count() == 2
        assert again.count("This was asked already") == 2

    def test_offers_kept_phrases(self, staff_client: Client, submitted: CSR, other: CSR) -> None:
        phrase = Phrase.objects.create(title="Which site", text="For which site is it?")
        form = {"csr": [submitted.pk, other.pk], "reason": "Hello.", "insert": phrase.pk}

        content = staff_client.post(deciding("ask"), form).content.decode()

        assert "Hello.\n\nFor which site is it?</textarea>" in content
        assert f'value="{other.pk}"' in content
        assert not Question.objects.exists()


class TestQuestions:
    def test_a_question_and_its_answer_are_on_both_pages(
        self, staff_client: Client, client_of: Clients, submitted: CSR, ada: User
    ) -> None:
        staff_client.post(deciding("ask"), {"csr": str(submitted.pk), "reason": "Why <b>now</b>?"})
        question = Question.objects.get()
        address = reverse("portal:csr_question", args=[question.pk])
        before = client_of(ada).get(submitted.get_absolute_url()).content.decode()
        client_of(ada).post(address, {"answer": "Because."})

        after = client_of(ada).get(submitted.get_absolute_url()).content.decode()
        content = staff_client.get(page(submitted)).content.decode()

        assert f'action="{address}"' in before
        assert "Why &lt;b&gt;now&lt;/b&gt;?" in before
        assert "Because." in after
        assert "Because." in content
        assert "Why &lt;b&gt;now&lt;/b&gt;?" in content

    def test_a_second_answer_is_told_and_keeps_what_was_typed(
        self, client_of: Clients, submitted: CSR, ada: User, sam: User
    ) -> None:
        question = lifecycle.ask_customer(submitted, question="Why?", by=Actor.of(sam))
        lifecycle.answer_vendor(question, text="First.", by=Actor.of(ada))

        answer = client_of(ada).post(
            reverse("portal:csr_question", args=[question.pk]), {"answer": "Second."}
        )

        content = answer.content.decode()
        assert answer.status_code == 422
        assert "answered already" in content
        assert "Second." in content

    def test_an_empty_answer_is_refused(
        self, client_of: Clients, submitted: CSR, ada: User, sam: User
    ) -> None:
        question = lifecycle.ask_customer(submitted, question="Why?", by=Actor.of(sam))

        answer = client_of(ada).post(
            reverse("portal:csr_question", args=[question.pk]), {"answer": " "}
        )

        assert answer.status_code == 422
        assert "Write an answer" in answer.content.decode()
