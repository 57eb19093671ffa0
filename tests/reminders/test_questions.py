"""Can somebody still sign in at Apple? Asked, asked again, told to staff, answered by one click."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from onboarding import errors, lifecycle, outbox, signed_links, tasks
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Alarm,
    Contact,
    Event,
    Mail,
    Membership,
    PushCertificate,
    SignInQuestion,
    User,
)
from onboarding.signed_links import Purpose
from tests.portal.conftest import as_ada, as_bob, as_eve
from tests.reminders.conftest import DAY, NOW, Issue

__all__ = ["as_ada", "as_bob", "as_eve"]
Answer = SignInQuestion.Answer


def on(days: int) -> None:
    """The daily round, so many days from now on; its mails are sent."""
    with time_machine.travel(NOW + days * DAY, tick=False):
        tasks.remind()
    Mail.objects.update(sent_at=NOW)


def alarms(kind: Alarm.Kind) -> list[str]:
    return [alarm.sentence for alarm in Alarm.objects.open().filter(kind=kind)]


def questions_mailed() -> list[str]:
    mails = Mail.objects.filter(kind=Mail.Kind.QUESTION, recipient="ada@acme.example")
    return list(mails.order_by("id").values_list("occasion", flat=True))


@pytest.mark.parametrize(
    ("left", "mailed"), [(181, []), (180, ["first"]), (91, ["first"]), (90, []), (55, []), (-1, [])]
)
def test_it_is_asked_half_a_year_before_the_end(issue: Issue, left: int, mailed: list[str]) -> None:
    issue(NOW + left * DAY)

    on(0)

    assert questions_mailed() == mailed
    assert SignInQuestion.objects.count() == len(mailed)


def test_it_is_asked_once_more_and_then_told_to_staff(issue: Issue, sam: User) -> None:
    issue(NOW + 180 * DAY)

    days = []
    for number in range(40):
        before = len(questions_mailed())
        on(number)
        days += [number] * (len(questions_mailed()) - before)
        if number == 27:
            assert alarms(Alarm.Kind.UNANSWERED) == []

    assert days == [0, 14]
    assert questions_mailed() == ["first", "again"]
    (sentence,) = alarms(Alarm.Kind.UNANSWERED)
    assert "Acme" in sentence
    assert Mail.objects.filter(kind=Mail.Kind.ALARM, recipient=sam.email).exists()


def test_on_the_day_of_the_first_reminder_it_is_not_asked_any_more(issue: Issue) -> None:
    # More than ninety days by the clock, ninety by the calendar.
    issue(NOW + 90 * DAY + timedelta(hours=5))

    on(0)

    kinds = set(Mail.objects.values_list("kind", flat=True))
    assert kinds == {Mail.Kind.REMINDER}


def test_it_is_not_asked_again_once_the_renewal_is_due(issue: Issue) -> None:
    issue(NOW + 100 * DAY)

    on(0)
    on(14)
    on(28)

    assert questions_mailed() == ["first"]
    assert alarms(Alarm.Kind.UNANSWERED) == []


def test_an_answer_ends_the_asking_and_the_alarm(issue: Issue, ada: User) -> None:
    certificate = issue(NOW + 180 * DAY)
    for number in (0, 14, 28):
        on(number)
    assert alarms(Alarm.Kind.UNANSWERED)

    lifecycle.answer_question(certificate, answer=Answer.YES, by=Actor.of(ada))
    on(29)

    assert alarms(Alarm.Kind.UNANSWERED) == []
    assert questions_mailed() == ["first", "again"]


def test_the_renewal_is_an_answer(issue: Issue) -> None:
    issue(NOW + 180 * DAY)
    on(0)
    PushCertificate.objects.update(state="superseded")

    on(14)
    on(28)

    assert questions_mailed() == ["first"]
    assert alarms(Alarm.Kind.UNANSWERED) == []


def test_staff_see_where_nobody_is_told(issue: Issue, ada: User, sam: User) -> None:
    issue(NOW + 300 * DAY)
    Contact.objects.update(wants_reminders=False)
    lifecycle.stop_reminders(ada.memberships.get().customer, address=ada.email, by=Actor("x"))

    on(0)
    (sentence,) = alarms(Alarm.Kind.UNREACHED)
    Contact.objects.update(wants_reminders=True)
    on(1)

    assert sentence.endswith("That is: Acme.")
    assert alarms(Alarm.Kind.UNREACHED) == []


@pytest.fixture
def questioned(active: PushCertificate) -> PushCertificate:
    """A real certificate, half a year before its end, with the question owed."""
    with time_machine.travel(active.not_after - 170 * DAY, tick=False):
        tasks.remind()
    return active


@pytest.fixture
def link(questioned: PushCertificate) -> str:
    """The link in Ada's mail, as a path."""
    mail = Mail.objects.get(kind=Mail.Kind.QUESTION, recipient="ada@acme.example")
    body = str(outbox.compose(mail).body)
    address = signed_links.address(Purpose.ANSWER, mail.pk)
    assert address in body
    return address.removeprefix("http://127.0.0.1:8000")


def test_the_mail_says_what_to_do(questioned: PushCertificate) -> None:
    message = outbox.compose(Mail.objects.get(kind=Mail.Kind.QUESTION))

    assert message.subject.startswith("Acme: can you still sign in at Apple? Please answer by ")
    for body in (str(message.body), str(message.alternatives[0][0])):
        for fact in (questioned.topic, questioned.serial, "push@acme.example", "/sign-in/"):
            assert fact in body
    assert "List-Unsubscribe-Post" in message.extra_headers


def test_a_contact_is_told_whom_to_ask(active: PushCertificate, ada: User) -> None:
    Contact.objects.create(customer=active.customer, email="it@acme.example")
    with time_machine.travel(active.not_after - 170 * DAY, tick=False):
        tasks.remind()
    asked = Mail.objects.filter(kind=Mail.Kind.QUESTION)

    to_contact = outbox.compose(asked.get(recipient="it@acme.example"))
    to_admin = outbox.compose(asked.get(recipient=ada.email))

    for body in (str(to_contact.body), str(to_contact.alternatives[0][0])):
        assert "ask an admin of Acme, who can answer in the portal, too:" in body
        assert ada.email in body
    assert "ask an admin" not in str(to_admin.body)


def test_a_scanner_that_follows_the_link_answers_nothing(link: str, client: Client) -> None:
    page = client.get(link)

    assert page.status_code == 200
    assert "Yes, we can sign in" in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert SignInQuestion.objects.get().answer == ""


def test_one_click_answers(link: str, questioned: PushCertificate) -> None:
    page = Client(enforce_csrf_checks=True).post(link, {"answer": "yes"}).content.decode()

    assert "Noted: you can sign in." in page
    question = SignInQuestion.objects.get()
    assert (question.answer, question.answered_by) == ("yes", "ada@acme.example")
    event = Event.objects.get(verb="answer_question")
    assert (event.push_certificate, event.facts["answer"]) == (questioned, "yes")


def test_a_no_shows_the_guide_and_is_told_to_staff(
    link: str, questioned: PushCertificate, client: Client, sam: User
) -> None:
    page = client.post(link, {"answer": "no"}).content.decode()
    tasks.watch()

    for fact in (
        questioned.topic,
        questioned.serial,
        "push@acme.example",
        "ten business days",
        "APSP:",
    ):
        assert fact in page
    (sentence,) = alarms(Alarm.Kind.ACCOUNT_LOST)
    assert "ada@acme.example said on" in sentence
    assert questioned.topic in sentence

    client.post(link, {"answer": "yes"})
    tasks.watch()

    assert alarms(Alarm.Kind.ACCOUNT_LOST) == []
    assert Event.objects.filter(verb="answer_question").count() == 2


def test_what_is_no_answer_is_asked_again(link: str, client: Client) -> None:
    client.post(link, {"answer": "perhaps"})

    assert SignInQuestion.objects.get().answer == ""


def test_once_renewed_there_is_nothing_to_answer(
    link: str, questioned: PushCertificate, client: Client
) -> None:
    PushCertificate.objects.update(state="superseded")

    answer = client.post(link, {"answer": "no"})

    assert answer.status_code == 409
    assert SignInQuestion.objects.get().answer == ""


@pytest.mark.parametrize("token", ["1.x", "x", f"1.{'a' * 43}"])
def test_a_link_that_nobody_signed_is_like_none(token: str, client: Client, db: None) -> None:
    assert client.post(reverse("portal:answer", args=[token])).status_code == 404


def test_an_admin_answers_in_the_portal(questioned: PushCertificate, as_ada: Client) -> None:
    customer = as_ada.get(questioned.customer.get_absolute_url()).content.decode()
    assert reverse("portal:question", args=[questioned.pk]) in customer

    as_ada.post(reverse("portal:question", args=[questioned.pk]), {"answer": "no"})

    assert SignInQuestion.objects.get().answer == "no"
    customer = as_ada.get(questioned.customer.get_absolute_url()).content.decode()
    assert reverse("portal:transfer", args=[questioned.pk]) in customer


def test_a_reader_whom_the_mail_asks_answers_in_the_portal_too(
    questioned: PushCertificate, as_bob: Client
) -> None:
    asked = reverse("portal:question", args=[questioned.pk])
    customer = as_bob.get(questioned.customer.get_absolute_url()).content.decode()
    page = as_bob.get(asked).content.decode()

    as_bob.post(asked, {"answer": "yes"})

    assert f'href="{asked}"' in customer
    assert "Yes, we can sign in" in page
    assert SignInQuestion.objects.get().answer == "yes"
    assert (
        Event.objects.get(verb="answer_question").actor
        == Membership.objects.get(role="reader").user
    )


@pytest.mark.parametrize("before", ["", "no"])
def test_a_reader_whom_no_mail_asks_is_told_who_answers(
    questioned: PushCertificate, as_bob: Client, ada: User, before: str
) -> None:
    Membership.objects.filter(role="reader").update(wants_reminders=False)
    if before:
        lifecycle.answer_question(questioned, answer=Answer.NO, by=Actor.of(ada))
    asked = reverse("portal:question", args=[questioned.pk])

    customer = as_bob.get(questioned.customer.get_absolute_url()).content.decode()
    page = as_bob.get(asked).content.decode()
    refused = as_bob.post(asked, {"answer": "yes"})

    for part in (customer, page):
        assert "An admin of Acme answers" in part
    assert f'href="{asked}"' not in customer
    assert "Please try now" not in customer
    assert "Yes, we can sign in" not in page
    assert refused.status_code == 403
    assert SignInQuestion.objects.get().answer == before


def test_only_the_worker_asks(questioned: PushCertificate, sam: User) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.ask([questioned.pk], now=NOW, by=Actor.of(sam))


def test_two_workers_ask_once(issue: Issue) -> None:
    certificate = issue(NOW + 100 * DAY)

    for moment in (NOW, NOW + timedelta(seconds=1)):
        lifecycle.ask([certificate.pk], now=moment, by=Actor.worker())
    question = SignInQuestion.objects.get()
    for moment in (NOW + 14 * DAY, NOW + 15 * DAY):
        lifecycle.ask_again([question.pk], now=moment, by=Actor.worker())

    assert questions_mailed() == ["first", "again"]
    assert CSR.objects.exists()
