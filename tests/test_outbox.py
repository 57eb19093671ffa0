"""Owed mails are sent once, to the right people, and again when sending failed."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from celery import current_app
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding import lifecycle, outbox, queue, tasks
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Mail, PushCertificate, User
from onboarding.models.mail import CLAIM
from onboarding.pki.names import Subject


@pytest.fixture
def owed(submitted: CSR, sam: User) -> Mail:
    lifecycle.reject(submitted, reason="Wrong company.", by=Actor.of(sam))
    return Mail.objects.get(kind=Mail.Kind.REJECTED)


def test_a_mail_is_sent_as_text_and_html(owed: Mail) -> None:
    outbox.deliver(owed.pk, get_connection(), now=timezone.now())

    (message,) = django_mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert message.to == [owed.recipient]
    assert "Wrong company." in str(message.body)
    assert [kind for _, kind in message.alternatives] == ["text/html"]
    assert "Wrong company." in str(message.alternatives[0][0])


def test_a_mail_is_sent_once(owed: Mail) -> None:
    outbox.deliver(owed.pk, get_connection(), now=timezone.now())
    outbox.deliver(owed.pk, get_connection(), now=timezone.now())

    assert len(django_mail.outbox) == 1


def test_a_mail_in_other_hands_is_left_alone(owed: Mail) -> None:
    Mail.objects.filter(pk=owed.pk).update(claimed_at=timezone.now())

    outbox.deliver(owed.pk, get_connection(), now=timezone.now())

    assert not django_mail.outbox


def test_a_mail_of_a_sender_that_died_is_sent_later(owed: Mail) -> None:
    Mail.objects.filter(pk=owed.pk).update(claimed_at=timezone.now())

    outbox.deliver(owed.pk, get_connection(), now=timezone.now() + CLAIM + timedelta(seconds=1))

    assert len(django_mail.outbox) == 1


def test_a_failure_is_noted_and_tried_again(owed: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: EmailMultiAlternatives) -> None:
        raise SMTPServerDisconnected("Connection unexpectedly closed")

    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", broken)
        outbox.deliver(owed.pk, get_connection(), now=timezone.now())
    owed.refresh_from_db()
    assert (owed.sent_at, owed.failure) == (None, "Connection unexpectedly closed")

    outbox.deliver(owed.pk, get_connection(), now=timezone.now() + CLAIM + timedelta(seconds=1))

    owed.refresh_from_db()
    assert owed.sent_at is not None
    assert len(django_mail.outbox) == 1


# What these are about is more than a CSR; their own tests compose them.
OF_OTHERS = {
    Mail.Kind.ALARM,
    Mail.Kind.INVITATION,
    Mail.Kind.JOINED,
    Mail.Kind.ROLE_CHANGED,
    Mail.Kind.REMOVED,
    Mail.Kind.CLOSED,
    Mail.Kind.CSR_QUESTION,
    Mail.Kind.CSR_ANSWER,
    Mail.Kind.TOPIC_DECLINED,
    Mail.Kind.SECOND_FACTOR_RESET,
    Mail.Kind.SIGN_IN_CHANGED,
}


@pytest.mark.parametrize("kind", sorted({*Mail.Kind.values} - OF_OTHERS))
def test_every_kind_of_mail_tells_what_to_do_next(active: PushCertificate, kind: str) -> None:
    mail = Mail.objects.filter(csr=active.csr, kind=kind).first() or Mail(
        kind=kind, csr=active.csr, recipient="x@y.example", occasion=""
    )

    message = outbox.compose(mail)

    assert message.subject
    assert "\n" not in message.subject
    assert "http://127.0.0.1:8000/" in str(message.body)
    assert "http://127.0.0.1:8000/" in str(message.alternatives[0][0])
    assert "{{" not in str(message.body) + str(message.alternatives[0][0])


def test_a_customers_name_cannot_write_html_into_a_mail(submitted: CSR, sam: User) -> None:
    submitted.customer.name = "<b>Acme</b> & Sons"
    submitted.customer.save()
    lifecycle.reject(submitted, reason="<script>x</script>", by=Actor.of(sam))

    message = outbox.compose(Mail.objects.get(kind=Mail.Kind.REJECTED))

    html = str(message.alternatives[0][0])
    assert "<script>" not in html
    assert "<b>Acme" not in html
    assert "<script>x</script>" in str(message.body)
    assert "&amp;" not in message.subject + str(message.body)


def test_the_sweep_asks_again_for_what_waits(
    csr: CSR, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, asked: list[str]
) -> None:
    with (
        time_machine.travel(timezone.now() + timedelta(minutes=1)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        tasks.sweep()

    assert asked == [queue.MAKE_CSR]


def test_the_sweep_leaves_alone_what_is_fresh(
    csr: CSR, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, asked: list[str]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep()

    assert asked == []


@pytest.mark.parametrize(
    ("waiting", "task"), [("approved", queue.SIGN_APPROVED), ("owed", queue.SEND_MAILS)]
)
def test_the_sweep_asks_again_for_signatures_and_mails(
    waiting: str,
    task: str,
    request: pytest.FixtureRequest,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    asked: list[str],
) -> None:
    request.getfixturevalue(waiting)

    with (
        time_machine.travel(timezone.now() + timedelta(minutes=1)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        tasks.sweep()

    assert asked == [task]


def test_each_verb_asks_for_the_work_that_follows_once_it_is_committed(
    ada: User,
    sam: User,
    acme: Customer,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    asked: list[str],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        csr = lifecycle.request_csr(acme, subject=Subject(common_name="x"), by=Actor.of(ada))
        assert asked == []
    assert asked == [queue.MAKE_CSR]

    with django_capture_on_commit_callbacks(execute=True):
        tasks.make_csr(str(csr.pk))
    assert asked[1:] == [queue.SEND_MAILS]

    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.approve(csr, by=Actor.of(sam))
    assert asked[2:] == [queue.SIGN_APPROVED]


def test_a_broker_that_is_down_breaks_nobodys_click(
    submitted: CSR,
    sam: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.approve(submitted, by=Actor.of(sam))

    submitted.refresh_from_db()
    assert submitted.state == CSR.State.APPROVED
    assert "the sweep asks again" in caplog.text


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that would go to the broker: the socket is patched away here."""
    names: list[str] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, **_: names.append(name), raising=False
    )
    return names
