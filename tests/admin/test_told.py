"""What staff see of questions and reminders: on a customer's page, and in lists of their own."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.mail import get_connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import lifecycle, outbox
from onboarding.admin import told
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Contact,
    Customer,
    Mail,
    Membership,
    PushCertificate,
    Reminder,
    SignInQuestion,
    User,
)
from tests.admin.pages import approving, page

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def ends(certificate: PushCertificate, *, days: int) -> None:
    end = NOW + timedelta(days=days)
    PushCertificate.objects.filter(pk=certificate.pk).update(
        not_before=end - timedelta(days=365), not_after=end
    )


def shown(client: Client, customer: Customer) -> str:
    with time_machine.travel(NOW, tick=False):
        return client.get(page(customer)).content.decode()


def ask(certificate: PushCertificate, *, at: datetime) -> None:
    lifecycle.ask([certificate.pk], now=at, by=Actor.worker())


def test_before_the_question_is_asked_its_day_is_told(
    staff_client: Client, acme: Customer, active: PushCertificate
) -> None:
    ends(active, days=200)

    html = shown(staff_client, acme)

    assert "Not asked yet" in html
    assert "Next: asked on 2026-12-16." in html


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(100, "Next: asked on 2026-11-26."), (55, "Next: not before its renewal")],
)
def test_a_question_that_was_not_asked_in_time(
    staff_client: Client, acme: Customer, active: PushCertificate, days: int, sentence: str
) -> None:
    ends(active, days=days)

    assert sentence in shown(staff_client, acme)


def test_an_open_question_is_not_said_to_be_asked_again_when_reminders_speak(
    staff_client: Client, acme: Customer, active: PushCertificate
) -> None:
    ends(active, days=100)
    ask(active, at=NOW)

    assert "Next: not asked again before its renewal" in shown(staff_client, acme)


def test_an_open_question_says_when_it_is_asked_again_and_told(
    staff_client: Client, acme: Customer, active: PushCertificate
) -> None:
    ends(active, days=170)
    ask(active, at=NOW)
    first = shown(staff_client, acme)
    question = SignInQuestion.objects.get()
    lifecycle.ask_again([question.pk], now=NOW + timedelta(days=14), by=Actor.worker())

    again = shown(staff_client, acme)

    assert "Not answered yet" in first
    assert "Next: asked again on 2026-12-10 without an answer." in first
    assert "asked on 26 November 2026 and on 10 December 2026" in again
    assert "Next: staff get an alarm on 2026-12-24." in again


def test_an_answer_is_told_with_who_gave_it(
    staff_client: Client, acme: Customer, active: PushCertificate, ada: User
) -> None:
    ends(active, days=170)
    ask(active, at=NOW)
    with time_machine.travel(NOW, tick=False):
        lifecycle.answer_question(active, answer=SignInQuestion.Answer.NO, by=Actor.of(ada))

    html = shown(staff_client, acme)

    assert "Cannot sign in any more" in html
    assert "26 November 2026 by Ada" in html
    assert "Next: asked again half a year before the end of the renewed certificate." in html


def test_reminders_are_told_with_their_mails_and_the_next_with_its_readers(
    staff_client: Client, acme: Customer, active: PushCertificate, ada: User, bob: User
) -> None:
    Membership.objects.filter(user=bob).update(wants_reminders=False)
    Contact.objects.create(customer=acme, email="it@acme.example")
    ends(active, days=30)
    lifecycle.remind({active.pk: 30}, now=NOW, by=Actor.worker())
    with time_machine.travel(NOW, tick=False):
        outbox.deliver(
            Mail.objects.get(kind="reminder", recipient=ada.email).pk, get_connection(), now=NOW
        )

    html = shown(staff_client, acme)

    assert f"30 days before the end of {active.topic}" in html
    assert "ada@acme.example, it@acme.example (not sent yet)" in html
    assert "12 December 2026" in html
    assert "To ada@acme.example, it@acme.example" in html


def test_that_nobody_is_told_is_told(
    staff_client: Client, acme: Customer, active: PushCertificate
) -> None:
    Membership.objects.update(wants_reminders=False)

    assert "To nobody" in shown(staff_client, acme)


def test_of_a_closed_customer_nothing_is_to_come(
    staff_client: Client, acme: Customer, active: PushCertificate
) -> None:
    Customer.objects.filter(pk=acme.pk).update(closed_at=NOW)

    html = shown(staff_client, acme)

    assert "Not asked yet" not in html
    assert "None, for there is no active certificate." in html


def test_a_csr_that_waits_leads_to_its_page_with_what_this_person_may_do(
    staff_client: Client, acme: Customer, submitted: CSR
) -> None:
    html = staff_client.get(page(acme)).content.decode()

    waiting = html.partition('id="waiting"')[2].partition("</section>")[0]
    assert f'href="{page(submitted)}"' in waiting
    assert "approve, reject, ask the customer, withdraw…" in waiting
    assert f'href="{approving(acme)}"' in html


@pytest.mark.parametrize(
    ("threshold", "words"),
    [(30, "30 days before the end"), (1, "1 day before the end"), (-7, "7 days after the end")],
)
def test_a_threshold_is_told_in_words(threshold: int, words: str) -> None:
    assert told.when(threshold) == words
    assert told.when(0) == "on the day of the end"


def test_lists_show_reminders_and_answers_of_one_customer(
    staff_client: Client, acme: Customer, active: PushCertificate, globex: Customer
) -> None:
    lifecycle.remind({active.pk: 30}, now=NOW, by=Actor.worker())
    ask(active, at=NOW)
    lists = ("reminder", "signinquestion")
    query = {"push_certificate__customer__id__exact": str(acme.pk)}
    other = {"push_certificate__customer__id__exact": str(globex.pk)}

    for noun in lists:
        address = reverse(f"admin:onboarding_{noun}_changelist")
        assert staff_client.get(address, query).context["cl"].result_count == 1
        assert staff_client.get(address, other).context["cl"].result_count == 0
        assert f"{address}?push_certificate__customer__id__exact={acme.pk}" in shown(
            staff_client, acme
        )


def test_a_reminders_page_leads_to_its_mails(
    staff_client: Client, active: PushCertificate, ada: User
) -> None:
    lifecycle.remind({active.pk: 30}, now=timezone.now(), by=Actor.worker())
    address = f"/admin/onboarding/mail/?push_certificate__id__exact={active.pk}"

    html = staff_client.get(page(Reminder.objects.get())).content.decode()

    assert f'href="{address}"' in html
    assert "0 of 1 sent" in html
    assert staff_client.get(address).context["cl"].result_count == 1


@pytest.mark.parametrize(("answer", "count"), [("none", 1), ("yes", 0), ("no", 0), ("all", 1)])
def test_answers_are_narrowed(
    staff_client: Client, active: PushCertificate, answer: str, count: int
) -> None:
    ask(active, at=NOW)

    listed = staff_client.get("/admin/onboarding/signinquestion/", {"answer": answer})

    assert listed.context["cl"].result_count == count
