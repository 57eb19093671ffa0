"""A vendor certificate's end is told in time, once for each threshold, whatever was down."""

from collections.abc import Collection
from datetime import datetime, timedelta

import pytest
import time_machine

from onboarding import outbox, tasks, vendor_watch
from onboarding.models import CSR, Alarm, Event, Mail, User, VendorCertificate
from tests.pki.authority import NOW
from tests.watch.conftest import Announce

DAY = timedelta(days=1)
ENDING = Alarm.Kind.VENDOR_CERTIFICATE_ENDING


def at(moment: datetime) -> None:
    """One watch at this moment."""
    with time_machine.travel(moment, tick=False):
        tasks.watch()


def mailed() -> list[str]:
    """What was told about vendor certificates, in order: the threshold of each mail."""
    told = Mail.objects.filter(alarm__kind=ENDING).order_by("id")
    return [about.partition(", ")[2] for about in told.values_list("alarm__about", flat=True)]


def open_alarms() -> list[str]:
    found = Alarm.objects.open().filter(kind=ENDING).order_by("id")
    return [about.partition(", ")[2] for about in found.values_list("about", flat=True)]


def days_of(number: int) -> str:
    return f"within {number} day{'s' if number > 1 else ''}" if number else "ended"


def simulate(days: int, *, down: Collection[int] = (), every: timedelta = DAY / 2) -> list[int]:
    """Watch for `days` days from now on, but not on the days `down`; the day of each mail."""
    found: list[int] = []
    for step in range(days * (DAY // every)):
        moment = NOW + timedelta(minutes=7) + step * every
        if (moment - NOW).days in down:
            continue
        before = len(mailed())
        at(moment)
        found += [(moment - NOW).days] * (len(mailed()) - before)
    return found


def test_over_400_days_each_threshold_is_mailed_once(sam: User, announce: Announce) -> None:
    announce(end=NOW + 365 * DAY)

    days = simulate(400)

    assert mailed() == [*map(days_of, (60, 30, 14, 7, 1, 0))]
    # Some minutes after midnight of the day on which so many days are left.
    assert days == [365 - 60, 365 - 30, 365 - 14, 365 - 7, 365 - 1, 365]
    assert open_alarms() == ["ended"]


@pytest.mark.parametrize(
    ("down", "told"),
    [
        # Over 30, 14 and 7: only what holds then.
        (range(330, 359), (60, 7, 1, 0)),
        # Over all of them and the end.
        (range(300, 380), (0,)),
        # Hours of downtime at each threshold.
        ((305, 335, 351, 358), (60, 30, 14, 7, 1, 0)),
    ],
)
def test_after_a_downtime_only_the_current_threshold_is_mailed(
    sam: User, announce: Announce, down: Collection[int], told: Collection[int]
) -> None:
    announce(end=NOW + 365 * DAY)

    simulate(400, down=down)

    assert mailed() == [*map(days_of, told)]


def test_nothing_is_told_of_a_certificate_that_lasts(sam: User, announce: Announce) -> None:
    announce(end=NOW + 365 * DAY)

    at(NOW + 304 * DAY)

    assert not Alarm.objects.exists()


def test_a_valid_successor_ends_the_alarm(sam: User, announce: Announce) -> None:
    announce(end=NOW + 20 * DAY)
    at(NOW)
    assert open_alarms() == [days_of(30)]

    announce(end=NOW + 385 * DAY)
    at(NOW + timedelta(minutes=1))
    at(NOW + 25 * DAY)

    assert open_alarms() == []
    assert mailed() == [days_of(30)]
    assert Event.objects.filter(verb="clear_alarm").count() == 1


def test_a_successor_that_no_signer_has_any_more_ends_nothing(
    sam: User, announce: Announce
) -> None:
    """The token with the newer key is lost, and the signers are back at the older one."""
    older = announce(end=NOW + 20 * DAY)
    newer = announce(end=NOW + 385 * DAY)
    older.note_in_use(now=NOW)
    newer.note_in_use(now=NOW)

    at(NOW)
    before = open_alarms()
    older.note_in_use(now=NOW + DAY)
    at(NOW + DAY)
    back = open_alarms()
    newer.note_in_use(now=NOW + 2 * DAY)
    at(NOW + 2 * DAY)

    assert before == []
    assert back == [days_of(30)]
    assert open_alarms() == []


def test_a_successor_that_is_not_valid_yet_ends_nothing(sam: User, announce: Announce) -> None:
    announce(end=NOW + 20 * DAY)
    announce(begin=NOW + 10 * DAY, end=NOW + 385 * DAY)

    at(NOW)
    before = open_alarms()
    at(NOW + 10 * DAY)

    assert before == [days_of(30)]
    assert open_alarms() == []


def test_a_certificate_that_ends_earlier_is_no_successor(sam: User, announce: Announce) -> None:
    announce(end=NOW + 20 * DAY)
    announce(end=NOW + 10 * DAY)

    at(NOW)

    assert open_alarms() == [days_of(30)]


def test_what_ends_first_in_the_chain_decides(sam: User, announce: Announce) -> None:
    certificate = announce(end=NOW + 365 * DAY, issuer_end=NOW + 10 * DAY)

    at(NOW)

    alarm = Alarm.objects.open().get()
    assert alarm.about.endswith(", within 14 days")
    assert "Apple Worldwide Developer Relations Certification Authority (G3)" in alarm.sentence
    assert certificate.serial in alarm.sentence


def test_of_two_that_end_with_one_intermediate_one_is_told(sam: User, announce: Announce) -> None:
    longer = announce(end=NOW + 365 * DAY, issuer_end=NOW + 10 * DAY)
    announce(end=NOW + 300 * DAY, issuer_end=NOW + 10 * DAY)

    at(NOW)

    assert Alarm.objects.open().get().about.startswith(vendor_watch.matter(longer))


def test_a_chain_that_cannot_be_read_hides_no_end(sam: User, announce: Announce) -> None:
    announce(end=NOW + 10 * DAY)
    VendorCertificate.objects.update(chain="torn")

    at(NOW)

    assert open_alarms() == [days_of(14)]


def test_the_mail_says_which_certificate_until_when_and_what_to_do(
    sam: User, announce: Announce
) -> None:
    certificate = announce(end=NOW + 20 * DAY)
    at(NOW)

    message = outbox.compose(Mail.objects.get(alarm__kind=ENDING))

    matter = certificate.fingerprint_sha256[:16]
    assert message.subject == f"Alarm: Vendor certificate ends ({matter}, within 30 days)"
    for body in (str(message.body), str(message.alternatives[0][0])):
        assert "MDM Vendor: Acme MDM" in body
        assert certificate.serial in body
        assert f"{certificate.not_after:%B %Y, %H:%M} UTC, within 20 days" in body
        assert "manage.py vendor_identity import" in body
        assert "Renew the MDM vendor certificate" in body


def test_after_the_end_staff_read_how_many_csrs_wait(
    sam: User, announce: Announce, approved: CSR
) -> None:
    announce(end=NOW + DAY)

    at(NOW + 2 * DAY)

    sentence = Alarm.objects.open().get(kind=ENDING).sentence
    assert "ended on" in sentence
    assert "CSRs wait: 1 CSR is approved and will be signed once a valid identity" in sentence


@pytest.mark.parametrize(
    ("left", "threshold"),
    [
        (timedelta(days=60, seconds=1), None),
        (timedelta(days=60), 60),
        (timedelta(days=30, seconds=1), 60),
        (timedelta(days=30), 30),
        (timedelta(days=14), 14),
        (timedelta(days=7), 7),
        (timedelta(days=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(0), 0),
        (timedelta(days=-400), 0),
    ],
)
def test_the_smallest_threshold_that_is_reached_counts(
    left: timedelta, threshold: int | None
) -> None:
    assert vendor_watch.reached(NOW + left, now=NOW) == threshold


def test_the_watch_looks_and_changes_nothing_the_second_time(sam: User, announce: Announce) -> None:
    announce(end=NOW + 20 * DAY)
    at(NOW)
    known = [*Alarm.objects.values()], Event.objects.count(), Mail.objects.count()

    at(NOW)

    assert ([*Alarm.objects.values()], Event.objects.count(), Mail.objects.count()) == known
