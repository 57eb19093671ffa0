"""The vendor asks, the customer answers, and the CSR can be decided all the while."""

import pytest

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Event, Mail, User


def test_a_question_is_kept_and_mailed_to_the_customer(
    submitted: CSR, sam: User, ada: User
) -> None:
    question = lifecycle.ask_customer(submitted, question=" Which server? ", by=Actor.of(sam))

    mails = Mail.objects.filter(kind=Mail.Kind.CSR_QUESTION, csr=submitted)
    assert [(mail.recipient, mail.occasion) for mail in mails] == [(ada.email, str(question.pk))]
    assert question.text == "Which server?"
    assert Event.objects.filter(verb="ask_customer", csr=submitted, actor=sam).exists()


def test_a_second_question_is_mailed_too(submitted: CSR, sam: User) -> None:
    for text in ("Which server?", "Which country?"):
        lifecycle.ask_customer(submitted, question=text, by=Actor.of(sam))

    assert Mail.objects.filter(kind=Mail.Kind.CSR_QUESTION).count() == 2


def test_the_answer_is_mailed_to_who_asked(submitted: CSR, sam: User, sue: User, ada: User) -> None:
    question = lifecycle.ask_customer(submitted, question="Why?", by=Actor.of(sam))

    lifecycle.answer_vendor(question, text="Because.", by=Actor.of(ada))

    answers = Mail.objects.filter(kind=Mail.Kind.CSR_ANSWER)
    assert [mail.recipient for mail in answers] == [sam.email]
    assert (question.answer, question.answered_by) == ("Because.", ada)


@pytest.mark.parametrize("who", ["bob", "eve", "sam"])
def test_only_an_admin_of_the_customer_answers(
    request: pytest.FixtureRequest, submitted: CSR, sam: User, who: str
) -> None:
    question = lifecycle.ask_customer(submitted, question="Why?", by=Actor.of(sam))

    with pytest.raises(errors.NotAllowed):
        lifecycle.answer_vendor(question, text="So.", by=Actor.of(request.getfixturevalue(who)))


def test_a_question_is_answered_once(submitted: CSR, sam: User, ada: User) -> None:
    question = lifecycle.ask_customer(submitted, question="Why?", by=Actor.of(sam))
    lifecycle.answer_vendor(question, text="First.", by=Actor.of(ada))

    with pytest.raises(errors.WrongState, match="answered already"):
        lifecycle.answer_vendor(question, text="Second.", by=Actor.of(ada))

    question.refresh_from_db()
    assert question.answer == "First."


def test_the_same_question_is_not_asked_twice_while_it_is_open(submitted: CSR, sam: User) -> None:
    lifecycle.ask_customer(submitted, question="Which server?", by=Actor.of(sam))

    with pytest.raises(errors.WrongState, match="asked already"):
        lifecycle.ask_customer(submitted, question=" Which server? ", by=Actor.of(sam))


def test_nothing_is_asked_without_words(submitted: CSR, sam: User) -> None:
    with pytest.raises(errors.MissingReason):
        lifecycle.ask_customer(submitted, question=" ", by=Actor.of(sam))


def test_the_csr_stays_decidable_and_then_no_answer_is_awaited(
    submitted: CSR, sam: User, ada: User
) -> None:
    question = lifecycle.ask_customer(submitted, question="Why?", by=Actor.of(sam))

    lifecycle.approve(submitted, by=Actor.of(sam))

    assert CSR.objects.get(pk=submitted.pk).state == CSR.State.APPROVED
    with pytest.raises(errors.WrongState, match="this cannot be done any more"):
        lifecycle.answer_vendor(question, text="So.", by=Actor.of(ada))


def test_nobody_is_asked_about_what_is_decided(approved: CSR, sam: User) -> None:
    with pytest.raises(errors.WrongState):
        lifecycle.ask_customer(approved, question="Why?", by=Actor.of(sam))
