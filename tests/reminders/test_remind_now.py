"""Staff send the renewal mail of one certificate: once, to whom wants it, beside the reminders."""

from collections.abc import Callable

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.mail import get_connection
from django.test import Client
from django.urls import reverse

from onboarding import errors, lifecycle, outbox, tasks
from onboarding.lifecycle import Actor, reminding
from onboarding.models import Contact, Event, Mail, PushCertificate, Reminder, User
from tests.reminders.conftest import DAY, NOW, Issue

Clients = Callable[[User], Client]


@pytest.fixture
def sam(sam: User) -> User:
    sam.user_permissions.add(Permission.objects.get(codename="remind_customers"))
    return User.objects.get(pk=sam.pk)


def send(certificate: PushCertificate, sam: User) -> list[str]:
    with time_machine.travel(NOW, tick=False):
        return lifecycle.remind_now(certificate, by=Actor.of(sam))


def recipients() -> list[str]:
    renewals = Mail.objects.filter(kind=Mail.Kind.RENEWAL)
    return sorted(renewals.values_list("recipient", flat=True))


def test_it_goes_to_everybody_who_is_told_and_is_an_event(issue: Issue, sam: User) -> None:
    certificate = issue(NOW + 200 * DAY)

    told = send(certificate, sam)

    event = Event.objects.get(verb="remind_now")
    assert told == recipients() == ["ada@acme.example", "it@acme.example"]
    assert (event.actor, event.push_certificate, event.facts["recipients"]) == (
        sam,
        certificate,
        told,
    )


def test_who_was_switched_off_gets_nothing(issue: Issue, sam: User, contact: Contact) -> None:
    certificate = issue(NOW + 30 * DAY)
    Contact.objects.update(wants_reminders=False)

    assert send(certificate, sam) == ["ada@acme.example"]


def test_the_days_reminder_comes_all_the_same_and_keeps_the_mail(issue: Issue, sam: User) -> None:
    certificate = issue(NOW + 30 * DAY)
    send(certificate, sam)

    with time_machine.travel(NOW, tick=False):
        tasks.remind()
        tasks.remind()

    assert Reminder.objects.get().threshold == 30
    assert Mail.objects.filter(kind=Mail.Kind.REMINDER).count() == 2
    assert len(recipients()) == 2


def test_a_second_one_within_the_hour_is_refused_with_the_moment_of_the_first(
    issue: Issue, sam: User
) -> None:
    certificate = issue(NOW + 30 * DAY)
    send(certificate, sam)

    with pytest.raises(errors.WrongState, match="is of 2027-11-24 07:00 UTC"):
        send(certificate, sam)

    assert len(recipients()) == 2
    with time_machine.travel(NOW + reminding.DISTANCE, tick=False):
        assert lifecycle.remind_now(certificate, by=Actor.of(sam))


def test_so_is_one_right_after_a_reminder_of_the_calendar(issue: Issue, sam: User) -> None:
    certificate = issue(NOW + 30 * DAY)
    lifecycle.remind({certificate.pk: 30}, now=NOW, by=Actor.worker())

    with pytest.raises(errors.WrongState, match="less than an hour ago"):
        send(certificate, sam)


def test_nobody_to_tell_is_said(issue: Issue, sam: User) -> None:
    certificate = issue(NOW + 30 * DAY)
    Contact.objects.update(wants_reminders=False)
    certificate.customer.memberships.update(wants_reminders=False)

    with pytest.raises(errors.WrongState, match="Nobody at Acme wants reminders"):
        send(certificate, sam)


def test_only_of_an_active_certificate(issue: Issue, sam: User) -> None:
    certificate = issue(NOW + 30 * DAY)
    PushCertificate.objects.update(state="superseded")

    with pytest.raises(errors.WrongState, match="not active any more"):
        send(certificate, sam)


def test_nothing_goes_to_a_closed_customer(issue: Issue, sam: User) -> None:
    certificate = issue(NOW + 30 * DAY)
    certificate.customer.closed_at = NOW
    certificate.customer.save()

    with pytest.raises(errors.WrongState, match="is closed"):
        send(certificate, sam)


def test_what_waits_to_be_sent_goes_nowhere_once_it_is_renewed(issue: Issue, sam: User) -> None:
    certificate = issue(NOW + 30 * DAY)
    send(certificate, sam)
    PushCertificate.objects.update(state=PushCertificate.State.SUPERSEDED)

    outbox.deliver(Mail.objects.filter(kind=Mail.Kind.RENEWAL)[0].pk, get_connection(), now=NOW)

    assert len(recipients()) == 1


@pytest.mark.parametrize(
    ("language", "subject", "sentence"),
    [
        ("en", "in 30 days", "Sent at the wish of your MDM vendor, beside the reminders."),
        ("de", "in 30 Tagen", "Auf Wunsch von"),
    ],
)
def test_the_mail_reads_as_a_reminder_and_says_who_had_it_sent(
    issue: Issue, sam: User, language: str, subject: str, sentence: str
) -> None:
    certificate = issue(NOW + 30 * DAY)
    Contact.objects.update(language=language)
    send(certificate, sam)

    with time_machine.travel(NOW, tick=False):
        message = outbox.compose(Mail.objects.get(recipient="it@acme.example"))

    assert subject in str(message.subject)
    for body in (str(message.body), str(message.alternatives[0][0])):
        assert sentence in body
        assert f"/certificates/{certificate.pk}/renew" in body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_page_says_who_gets_it_and_when_the_last_went_out(
    issue: Issue, sam: User, client_of: Clients
) -> None:
    certificate = issue(NOW + 30 * DAY)
    address = reverse("admin:onboarding_pushcertificate_remind", args=[certificate.pk])

    with time_machine.travel(NOW, tick=False):
        staff = client_of(sam)
        asked = staff.get(address).content.decode()
        sent = staff.post(address, {"token": "x"})
        again = staff.post(address, {"token": "x"})

    assert "ada@acme.example, it@acme.example" in asked
    assert "No mail about its end was written yet." in asked
    assert "the next one on 2027-12-10" in asked
    assert sent.status_code == 302
    assert again.status_code == 422
    assert "is of 2027-11-24 07:00 UTC" in again.content.decode()
    assert len(recipients()) == 2


def test_the_button_is_on_the_pages_of_certificate_and_customer_for_who_may(
    issue: Issue, sam: User, client_of: Clients
) -> None:
    certificate = issue(NOW + 30 * DAY)
    address = reverse("admin:onboarding_pushcertificate_remind", args=[certificate.pk])
    pages = [
        reverse("admin:onboarding_pushcertificate_change", args=[certificate.pk]),
        reverse("admin:onboarding_customer_change", args=[certificate.customer_id]),
    ]
    tom = User.objects.create_user("tom@vendor.example", "pw", name="Tom", is_staff=True)
    views = ["view_pushcertificate", "view_customer"]
    tom.user_permissions.add(*Permission.objects.filter(codename__in=views))

    for page in pages:
        assert address in client_of(sam).get(page).content.decode()
        assert address not in client_of(tom).get(page).content.decode()
