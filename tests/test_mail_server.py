"""Mails at a real mail server: encrypted, signed in, refused, and never in each other's way."""

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from onboarding import errors, lifecycle, outbox, tasks
from onboarding.lifecycle import Actor
from onboarding.mail_refusal import GIVEN_UP_AFTER
from onboarding.models import Alarm, Customer, Event, Mail, User
from tests.apart import ran
from tests.servers import server_certificate
from tests.servers.smtp import MailServer

GONE = "550 5.1.1 No such user"
FULL = "452 4.2.2 Mailbox full"
NO_RELAY = "554 5.7.1 Relay access denied"
# The sweep asks for what waits as often.
ROUND = timedelta(seconds=20)


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    # On a slow machine a round would end with some of a test's mails unsent.
    monkeypatch.setattr(outbox, "ROUND", timedelta(minutes=1))
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def owe(customer: Customer, recipient: str) -> Mail:
    return Mail.objects.create(
        kind=Mail.Kind.REMOVED, customer=customer, recipient=recipient, queued_at=timezone.now()
    )


def drain(*, at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        outbox.drain()


@pytest.mark.filterwarnings("ignore:Session.login_data is deprecated")
@pytest.mark.parametrize("is_trusted", [True, False])
def test_passwords_go_encrypted_and_only_to_the_server_that_is_meant(
    tmp_path: Path, *, is_trusted: bool
) -> None:
    certificate, key = server_certificate.make(tmp_path, host="localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with MailServer(login=("portal@x", "p@ss:/w#rd?"), tls=context) as server:
        sent = ran(
            "manage.py",
            "sendtestemail",
            "ada@acme.example",
            DJANGO_SETTINGS_MODULE="pushportal.settings.worker",
            SECRET_KEY="s" * 50,
            VAR_DIR=str(tmp_path),
            EMAIL_URL=f"smtp+tls://portal%40x:p%40ss%3A%2Fw%23rd%3F@localhost:{server.port}",
            **({"SSL_CERT_FILE": str(certificate)} if is_trusted else {}),
        )

    assert (sent.returncode == 0) == is_trusted, sent.stderr
    assert [one["To"] for one in server.received] == ["ada@acme.example"] * is_trusted
    assert "CERTIFICATE_VERIFY_FAILED" in sent.stderr or is_trusted
    assert "w#rd" not in sent.stdout + sent.stderr


def test_what_is_owed_arrives_as_it_was_composed(server: MailServer, acme: Customer) -> None:
    mail = owe(acme, "ada@acme.example")

    outbox.drain()

    (message,) = server.received
    composed = outbox.compose(mail)
    assert message["Subject"] == composed.subject
    plain, html = (message.get_body([kind]) for kind in ("plain", "html"))
    assert plain
    assert html
    assert plain.get_content().split() == str(composed.body).split()
    assert html.get_content().split() == str(composed.alternatives[0][0]).split()


def test_addresses_that_are_none_are_asked_once_and_hold_nobody_up(
    server: MailServer, acme: Customer
) -> None:
    gone = [f"gone-{number}@acme.example" for number in range(40)]
    server.refusals = dict.fromkeys(gone, GONE)
    for address in gone:
        owe(acme, address)
    owe(acme, "ada@acme.example")
    now = timezone.now()

    for number in range(6):
        drain(at=now + number * ROUND)

    assert [one["To"] for one in server.received] == ["ada@acme.example"]
    assert server.asked == [*gone, "ada@acme.example"]
    assert server.greeted == 1
    assert Mail.objects.refused().count() == 40
    assert {one.failure for one in Mail.objects.refused()} == {GONE}
    assert not Mail.objects.unsent().exists()


@pytest.mark.parametrize("answer", [FULL, "550 No thanks", NO_RELAY])
def test_who_is_refused_for_now_is_tried_later_and_holds_nobody_up(
    server: MailServer, acme: Customer, answer: str
) -> None:
    for number in range(10):
        owe(acme, f"full-{number}@acme.example")
        server.refusals[f"full-{number}@acme.example"] = answer
    owe(acme, "ada@acme.example")
    now = timezone.now()

    drain(at=now)
    drain(at=now + ROUND)
    asked_at_once = len(server.asked)
    drain(at=now + timedelta(minutes=6))
    server.refusals.clear()
    drain(at=now + timedelta(minutes=7))
    arrived_early = len(server.received)
    drain(at=now + timedelta(minutes=17))

    assert asked_at_once == 11
    assert arrived_early == 1
    assert len(server.asked) == 31
    assert len(server.received) == 11
    assert set(Mail.objects.values_list("failure", flat=True)) == {""}


def test_a_server_that_does_not_relay_for_us_loses_nothing(
    server: MailServer, acme: Customer
) -> None:
    server.refusals["*"] = NO_RELAY
    mail, now = owe(acme, "ada@acme.example"), timezone.now()
    for hours in (0, 1, 10, 100):
        drain(at=now + timedelta(hours=hours))
    mail.refresh_from_db()
    refused = mail.failure

    server.refusals.clear()
    drain(at=now + timedelta(hours=105))

    assert refused == NO_RELAY
    assert len(server.received) == 1


def test_a_mail_that_nobody_takes_is_given_up_after_days(
    server: MailServer, acme: Customer
) -> None:
    server.refuses_content = "554 Looks like spam"
    mail, now = owe(acme, "ada@acme.example"), timezone.now()
    hour = timedelta(hours=1)
    for number in range(int(GIVEN_UP_AFTER / hour) + 10):
        drain(at=now + number * hour)

    mail.refresh_from_db()
    assert mail.failure == "554 Looks like spam"
    assert mail.refused_at
    assert GIVEN_UP_AFTER < mail.refused_at - now < GIVEN_UP_AFTER + timedelta(hours=5)
    # Every four hours in the end.
    assert 30 < len(server.asked) < 40


def test_a_server_that_is_away_is_asked_a_few_times_and_gives_nobody_up(
    server: MailServer, acme: Customer
) -> None:
    for number in range(10):
        owe(acme, f"ada-{number}@acme.example")
    now = timezone.now()
    server.stop()
    drain(at=now)
    failed = Mail.objects.exclude(failure="").count()
    drain(at=now + 2 * GIVEN_UP_AFTER)
    server.start()

    drain(at=now + 2 * GIVEN_UP_AFTER + timedelta(minutes=4))

    assert failed == 3
    assert len(server.received) == 10


def test_a_server_that_takes_its_leave_is_greeted_anew_and_gives_nobody_up(
    server: MailServer, acme: Customer
) -> None:
    for number in range(4):
        owe(acme, f"ada-{number}@acme.example")
    server.refusals["ada-1@acme.example"] = "421 4.7.0 Too many of you"
    now = timezone.now()
    drain(at=now)
    left = Mail.objects.unsent().get()
    server.refusals.clear()

    drain(at=now + timedelta(minutes=4))

    assert (left.recipient, left.refusals) == ("ada-1@acme.example", 0)
    assert len(server.received) == 4
    assert server.greeted == 3


class TestWhatWasGivenUp:
    @pytest.fixture
    def refused(self, server: MailServer, acme: Customer) -> Mail:
        server.refusals["gone@acme.example"] = GONE
        mail = owe(acme, "gone@acme.example")
        outbox.drain()
        mail.refresh_from_db()
        return mail

    @pytest.mark.usefixtures("refused")
    def test_alarms_staff_once_with_the_servers_words(self) -> None:
        tasks.watch()
        tasks.watch()

        alarm = Alarm.objects.open().get(kind=Alarm.Kind.MAIL_REFUSED)
        assert alarm.sentence.startswith("A mail was given up.")
        assert "“Access ended” to gone@acme.example" in alarm.sentence
        assert alarm.sentence.endswith(GONE)
        assert not Alarm.objects.open().filter(kind=Alarm.Kind.STUCK).exists()

    @pytest.mark.usefixtures("refused")
    def test_is_counted_with_its_addresses(
        self, server: MailServer, acme: Customer, globex: Customer
    ) -> None:
        server.refusals["out@acme.example"] = GONE
        owe(globex, "gone@acme.example")
        owe(acme, "out@acme.example")
        outbox.drain()

        tasks.watch()

        sentence = Alarm.objects.open().get(kind=Alarm.Kind.MAIL_REFUSED).sentence
        assert sentence.startswith("3 mails were given up, to 2 addresses. The newest: ")

    def test_is_sent_again_when_an_operator_says_so(
        self, server: MailServer, refused: Mail, sam: User
    ) -> None:
        tasks.watch()
        server.refusals.clear()

        lifecycle.send_mail_again(refused, by=Actor.of(sam))
        outbox.drain()
        tasks.watch()

        assert "gone@acme.example" in {one["To"] for one in server.received}
        assert not Alarm.objects.open().filter(kind=Alarm.Kind.MAIL_REFUSED).exists()
        event = Event.objects.get(verb="send_mail_again")
        assert (event.actor, event.customer_id) == (sam, refused.customer_id)
        with pytest.raises(errors.WrongState, match="was not given up"):
            lifecycle.send_mail_again(refused, by=Actor.of(sam))

    def test_is_put_aside_and_can_be_sent_all_the_same(self, refused: Mail, sam: User) -> None:
        lifecycle.put_mail_aside(refused, by=Actor.of(sam))
        tasks.watch()
        with pytest.raises(errors.WrongState, match="waits for no decision"):
            lifecycle.put_mail_aside(refused, by=Actor.of(sam))

        assert not Alarm.objects.open().filter(kind=Alarm.Kind.MAIL_REFUSED).exists()
        assert Event.objects.filter(verb="put_mail_aside", actor=sam).exists()
        lifecycle.send_mail_again(refused, by=Actor.of(sam))
        assert Mail.objects.unsent().get() == refused
