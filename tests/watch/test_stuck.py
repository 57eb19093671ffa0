"""What waits too long is told: since when, how many, and why as far as it is known."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from celery import current_app
from celery.signals import heartbeat_sent
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from onboarding import lifecycle, outbox, pulses, queue, reasons, storage, stuck, tasks
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Alarm,
    Event,
    Export,
    Mail,
    Pulse,
    PushCertificate,
    User,
    VendorCertificate,
)
from onboarding.stuck import Part
from onboarding.tasks.pulse import EVERY, Heart
from signing.pulse import pulse
from tests.servers.valkey import Valkey
from tests.store import local

WORKER, SIGNER, BEAT = Pulse.Process
LONG = timedelta(seconds=61)


def watch(after: timedelta = LONG, *, seen: tuple[Pulse.Process, ...] = ()) -> None:
    """One watch so much later, at which `seen` have just shown themselves."""
    with time_machine.travel(timezone.now() + after, tick=False):
        for process in seen:
            pulses.note(process, now=timezone.now())
        tasks.watch()


def sentence(part: Part) -> str:
    return Alarm.objects.open().get(kind=Alarm.Kind.STUCK, about=part).sentence


def open_parts() -> set[str]:
    return set(Alarm.objects.open().values_list("about", flat=True))


def an_export(certificate: PushCertificate) -> Export:
    return Export.objects.create(
        push_certificate=certificate,
        form=Export.Form.PEM,
        asked_by=certificate.csr.requested_by,
        asked_at=timezone.now(),
        sealed_passphrase=b"sealed",
    )


def test_a_csr_that_waits_for_its_signature_is_stuck_after_a_minute(
    sam: User, approved: CSR, broker: None
) -> None:
    watch(timedelta(seconds=50))
    fresh = open_parts()
    watch()

    assert fresh == set()
    assert open_parts() == {Part.SIGNING}
    assert sentence(Part.SIGNING).startswith(
        f"1 approved CSR waits to be signed, since {approved.state_since:%Y-%m-%d %H:%M:%S} UTC."
    )


def test_a_csr_that_waits_for_its_key_is_stuck(sam: User, csr: CSR, broker: None) -> None:
    watch()

    assert open_parts() == {Part.KEYS}
    assert "1 CSR waits for its key" in sentence(Part.KEYS)


def test_an_export_that_is_not_made_is_stuck(
    sam: User, active: PushCertificate, broker: None
) -> None:
    an_export(active)

    watch()

    assert open_parts() == {Part.EXPORTS}
    assert "1 export of a push key waits to be made" in sentence(Part.EXPORTS)


def test_a_mail_is_stuck_after_ten_minutes_with_the_servers_last_words(
    sam: User, submitted: CSR, broker: None
) -> None:
    Mail.objects.update(failure="Connection refused", claimed_at=timezone.now())

    watch(timedelta(minutes=9))
    fresh = open_parts()
    watch(timedelta(minutes=11))

    assert fresh == set()
    assert open_parts() == {Part.MAILS}
    assert "1 mail waits to be sent" in sentence(Part.MAILS)
    assert "The last attempt failed: Connection refused" in sentence(Part.MAILS)


def test_how_long_is_too_long_is_a_setting(
    sam: User, approved: CSR, broker: None, settings: Settings
) -> None:
    settings.STUCK_AFTER = 600

    watch(timedelta(minutes=9))

    assert open_parts() == set()


def test_several_are_told_as_one_with_the_oldest(
    sam: User, approved: CSR, signed_at_globex: CSR, broker: None
) -> None:
    now = timezone.now()
    CSR.objects.update(state="approved", state_since=now)
    CSR.objects.filter(pk=approved.pk).update(state_since=now - timedelta(hours=2))

    watch()

    since = f"{now - timedelta(hours=2):%Y-%m-%d %H:%M:%S} UTC"
    assert f"2 approved CSRs wait to be signed, one since {since}." in sentence(Part.SIGNING)


def test_what_goes_on_again_clears_the_alarm(sam: User, approved: CSR, broker: None) -> None:
    watch()
    lifecycle.withdraw(approved, by=Actor.of(approved.requested_by))

    watch()

    assert open_parts() == set()
    assert Event.objects.filter(verb="clear_alarm", facts__about="signing").count() == 1


def test_one_alarm_and_one_mail_however_often_the_watch_looks(
    sam: User, sue: User, approved: CSR, broker: None
) -> None:
    for _ in range(5):
        watch()

    assert Alarm.objects.count() == 1
    assert Event.objects.filter(verb="raise_alarm").count() == 1
    assert Mail.objects.filter(kind=Mail.Kind.ALARM).count() == 2


def test_a_missing_signer_is_named_with_when_it_was_last_seen(
    sam: User, approved: CSR, broker: None
) -> None:
    seen_at = timezone.now()
    pulse()

    watch(timedelta(minutes=3))

    assert f"No signer has been seen since {seen_at:%Y-%m-%d %H:%M}" in sentence(Part.SIGNING)


def test_a_signer_that_went_away_as_the_csr_came_is_called_missing_from_the_first(
    sam: User, approved: CSR, broker: None
) -> None:
    pulse()

    watch()

    assert "No signer has been seen since" in sentence(Part.SIGNING)


def test_a_signer_that_is_there_is_not_called_missing(
    sam: User, approved: CSR, broker: None
) -> None:
    watch(seen=(SIGNER,))

    assert "No signer" not in sentence(Part.SIGNING)
    assert "The signer is there and does not get on" in sentence(Part.SIGNING)


def test_an_unfit_identity_and_a_reached_cap_are_quoted(
    sam: User, approved: CSR, broker: None
) -> None:
    for kind, found in (
        (Alarm.Kind.IDENTITY_UNFIT, "The vendor certificate has expired."),
        (Alarm.Kind.CAP_REACHED, "signer-2 has signed 500 CSRs today."),
    ):
        lifecycle.raise_alarm(kind, about="signer", sentence=found, by=Actor.signer())

    watch(seen=(SIGNER,))

    assert "The vendor certificate has expired." in sentence(Part.SIGNING)
    assert "signer-2 has signed 500 CSRs today." in sentence(Part.SIGNING)
    assert "does not get on" not in sentence(Part.SIGNING)


def test_a_signer_with_much_to_do_is_told_from_one_that_hangs(
    sam: User, signed: CSR, signed_at_globex: CSR, broker: None
) -> None:
    now = timezone.now()
    CSR.objects.filter(pk=signed_at_globex.pk).update(
        state="approved", state_since=now - timedelta(minutes=5)
    )

    watch(timedelta(seconds=1), seen=(SIGNER,))

    assert "The signer is at work" in sentence(Part.SIGNING)


def test_a_signer_at_its_cap_is_not_said_to_be_at_work(
    sam: User, signed: CSR, broker: None
) -> None:
    csr = CSR.objects.get()
    assert csr.state == CSR.State.SIGNED
    lifecycle.raise_alarm(
        Alarm.Kind.CAP_REACHED, about="signer-1", sentence="The cap is reached.", by=Actor.signer()
    )

    said = reasons.why(Part.SIGNING, now=csr.state_since)

    assert said.startswith("The cap is reached.")
    assert "at work" not in said


def test_a_storage_that_cannot_be_written_is_why_keys_are_not_made(
    sam: User, csr: CSR, broker: None, settings: Settings, tmp_path: Path
) -> None:
    local.take_away(local.use(settings, tmp_path / "local"))

    watch()

    assert "The file storage does not work: " in sentence(Part.KEYS)
    assert "No worker" not in sentence(Part.KEYS)


def test_a_storage_that_works_is_left_as_it_was(sam: User, csr: CSR, broker: None) -> None:
    watch()

    assert list(storage.names("probes")) == []
    assert "does not work" not in sentence(Part.KEYS)


def test_a_broker_that_does_not_answer_is_told_live(approved: CSR, sam: User) -> None:
    later = timezone.now() + LONG

    found = reasons.why(Part.SIGNING, now=later)

    assert "The broker does not answer" in found


def test_a_broker_that_answers_is_reachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = queue.is_reachable()
    server = Valkey.start(tmp_path / "valkey")
    monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis+socket://{server.socket}")

    answers = queue.is_reachable()
    server.stop()

    assert (nobody, answers) == (False, True)


def test_an_ended_vendor_certificate_is_why_nothing_is_signed(
    sam: User, signed: CSR, broker: None
) -> None:
    CSR.objects.update(state="approved", state_since=timezone.now())
    VendorCertificate.objects.update(not_after=timezone.now())

    watch(seen=(SIGNER,))

    assert "ended on" in sentence(Part.SIGNING)


def test_the_watch_shows_that_a_worker_is_there(db: None) -> None:
    before = pulses.absent(now=timezone.now())
    tasks.watch()
    pulse()

    assert set(before) == {WORKER, SIGNER, BEAT}
    assert pulses.absent(now=timezone.now()) == {}
    assert set(pulses.absent(now=timezone.now() + timedelta(minutes=3))) == {WORKER, SIGNER, BEAT}


# It lets go of its connection, and with it of a test's transaction.
@pytest.mark.django_db(transaction=True)
def test_a_worker_shows_itself_without_being_asked(db: None) -> None:
    pulses.note(WORKER, now=timezone.now() - timedelta(hours=1), trouble="The disk is full.")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        heart = Heart()
        heart.keep()
        first = Pulse.objects.get(process=WORKER).seen_at
        clock.shift(EVERY - timedelta(seconds=1))
        heart.keep()
        early = Pulse.objects.get(process=WORKER).seen_at
        clock.shift(1)
        heart.keep()
        later = Pulse.objects.get(process=WORKER).seen_at

    assert set(pulses.absent(now=later)) == {SIGNER, BEAT}
    assert pulses.trouble(WORKER) == "The disk is full."
    assert first == early
    assert later - first == EVERY


# It lets go of its connection, and with it of a test's transaction.
@pytest.mark.django_db(transaction=True)
def test_the_workers_heart_is_celerys(db: None) -> None:
    tasks.heart.forget()

    heartbeat_sent.send(sender=None)

    assert set(pulses.absent(now=timezone.now())) == {SIGNER, BEAT}


# It lets go of its connection, and with it of a test's transaction.
@pytest.mark.django_db(transaction=True)
def test_a_heart_outlives_a_database_that_is_away(
    db: None, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(away):
        Heart().keep()

    assert "could not show itself: gone" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_watch_asks_the_signer_to_show_itself(asked: list[str]) -> None:
    tasks.watch()

    assert queue.SIGNER_PULSE in asked


def test_only_a_csr_that_a_process_has_in_hand_can_be_stuck(submitted: CSR) -> None:
    later = timezone.now() + timedelta(days=3)

    assert stuck.part_of(submitted, now=later) is None
    assert stuck.find(now=timezone.now() + timedelta(minutes=9)) == {}


def test_the_mail_about_something_stuck_can_be_acted_on_alone(
    sam: User, approved: CSR, broker: None
) -> None:
    watch()

    message = outbox.compose(Mail.objects.get(kind=Mail.Kind.ALARM))

    assert message.subject == "Alarm: Waits too long (signing)"
    for body in (str(message.body), str(message.alternatives[0][0])):
        assert "1 approved CSR waits to be signed" in body
        assert "No signer has been seen so far. Start it" in body
        assert "/admin/onboarding/alarm/" in body
