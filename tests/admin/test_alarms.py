"""What staff see of alarms and of what is stuck; and that nobody else sees any of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onboarding import errors, lifecycle, pulses, queue, tasks
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Alarm, Event, Mail, Pulse, User, VendorCertificate
from tests.admin.conftest import Clients
from tests.admin.pages import CSRS, page

ALARMS = "/admin/onboarding/alarm/"
EXPIRED = "The vendor certificate has expired. Import a new one."


@pytest.fixture
def alarm(db: None) -> Alarm:
    return unfit("signer-1")


def unfit(about: str) -> Alarm:
    raised = lifecycle.raise_alarm(
        Alarm.Kind.IDENTITY_UNFIT, about=about, sentence=EXPIRED, by=Actor.signer()
    )
    assert raised is not None
    return raised


def content(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.fixture
def waits(approved: CSR) -> CSR:
    """Approved five minutes ago, and no signer took it."""
    CSR.objects.update(state_since=timezone.now() - timedelta(minutes=5))
    approved.refresh_from_db()
    return approved


def test_an_open_alarm_stands_on_the_first_page_with_since_and_why(
    staff_client: Client, alarm: Alarm
) -> None:
    shown = content(staff_client, "/admin/")

    assert "Nothing can be signed (signer-1)" in shown
    assert EXPIRED in shown
    assert f"{alarm.raised_at:%Y-%m-%d %H:%M} UTC" in shown
    assert f'href="{page(alarm)}"' in shown
    # Above all else.
    assert shown.index(EXPIRED) < shown.index('id="processes"')


def test_many_alarms_do_not_push_the_rest_off_the_first_page(
    staff_client: Client, db: None
) -> None:
    for number in range(12):
        unfit(f"signer-{number}")

    shown = content(staff_client, "/admin/")

    assert shown.count(EXPIRED) == 10
    assert f'href="{ALARMS}?open=yes">All 12<' in shown


def test_without_alarms_the_first_page_says_nothing_of_them(staff_client: Client) -> None:
    assert "Needs a person now" not in content(staff_client, "/admin/")


def test_an_alarm_that_is_over_leaves_the_first_page_and_stays_in_the_list(
    staff_client: Client, alarm: Alarm
) -> None:
    lifecycle.clear_alarm(Alarm.Kind.IDENTITY_UNFIT, about="signer-1", by=Actor.signer())

    assert EXPIRED not in content(staff_client, "/admin/")
    assert EXPIRED in content(staff_client, ALARMS)
    assert "Nothing: it is over." in content(staff_client, page(alarm))


def test_open_alarms_come_first(staff_client: Client, alarm: Alarm) -> None:
    later = unfit("signer-2")
    lifecycle.clear_alarm(Alarm.Kind.IDENTITY_UNFIT, about="signer-2", by=Actor.signer())
    last = unfit("signer-3")

    answer = staff_client.get(ALARMS)

    assert list(answer.context["cl"].result_list) == [last, alarm, later]


@pytest.mark.parametrize(("chosen", "abouts"), [("yes", ["a"]), ("no", ["b"]), ("all", ["a", "b"])])
def test_alarms_are_listed_by_whether_they_are_open(
    staff_client: Client, db: None, chosen: str, abouts: list[str]
) -> None:
    for about in ("a", "b"):
        unfit(about)
    lifecycle.clear_alarm(Alarm.Kind.IDENTITY_UNFIT, about="b", by=Actor.signer())

    found = staff_client.get(ALARMS, {"open": chosen}).context["cl"].result_list

    assert [alarm.about for alarm in found] == abouts


def test_an_alarms_page_says_what_to_do(staff_client: Client, alarm: Alarm) -> None:
    shown = content(staff_client, page(alarm))

    assert EXPIRED in shown
    assert "manage.py vendor_identity check" in shown


def test_the_sidebar_counts_open_alarms_on_every_page(staff_client: Client, alarm: Alarm) -> None:
    sidebar = staff_client.get(CSRS).context["sidebar_navigation"]

    items = [item for group in sidebar for item in group["items"]]
    entry = next(item for item in items if item["link"] == ALARMS)
    assert (entry["badge"], entry["badge_variant"]) == (1, "danger")


def test_nobody_changes_or_deletes_an_alarm(client_of: Clients, root: User, alarm: Alarm) -> None:
    client = client_of(root)

    answers = [
        client.post(page(alarm), {"sentence": "x"}),
        client.post(page(alarm).replace("change", "delete"), {"post": "yes"}),
        client.post(f"{ALARMS}add/", {}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert Alarm.objects.open().get().sentence == EXPIRED


def test_staff_without_the_permission_see_no_alarm(
    client_of: Clients, tom: User, alarm: Alarm
) -> None:
    tom.groups.clear()
    tom.user_permissions.add(Permission.objects.get(codename="view_csr"))
    client = client_of(User.objects.get(pk=tom.pk))

    assert client.get(ALARMS).status_code == 403
    assert client.get(page(alarm)).status_code == 403
    assert EXPIRED not in content(client, "/admin/")
    assert ALARMS not in content(client, CSRS)


@pytest.mark.parametrize("who", ["ada", "eve"])
def test_a_customer_sees_no_alarm(
    client_of: Clients, request: pytest.FixtureRequest, alarm: Alarm, who: str
) -> None:
    client = client_of(request.getfixturevalue(who))

    for path in (ALARMS, page(alarm), "/admin/"):
        answer = client.get(path, follow=True)
        assert answer.status_code == 403
        assert EXPIRED not in answer.content.decode()


def test_a_stranger_is_sent_to_the_sign_in(client: Client, alarm: Alarm) -> None:
    answer = client.get(page(alarm), follow=True)

    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
    assert EXPIRED not in answer.content.decode()


def test_what_is_stuck_is_shown_even_if_no_worker_is_there_to_raise_an_alarm(
    staff_client: Client, waits: CSR
) -> None:
    shown = content(staff_client, "/admin/")

    assert "Waits too long (signing)" in shown
    assert f"1 approved CSR waits to be signed, since {waits.state_since:%Y-%m-%d %H:%M}" in shown
    assert "No signer has been seen so far" in shown
    assert f'href="{CSRS}?stuck=signing"' in shown


def test_what_is_stuck_is_shown_once(staff_client: Client, waits: CSR) -> None:
    tasks.watch()

    titles = [row.title for row in staff_client.get("/admin/").context["troubles"]]

    assert titles == ["Waits too long (signing)"]


@pytest.mark.parametrize(("seconds", "is_away"), [(30, False), (50, True)])
def test_an_alarm_and_the_list_of_processes_judge_a_signer_alike(
    staff_client: Client,
    waits: CSR,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    is_away: bool,  # noqa: FBT001 - what the test expects
) -> None:
    monkeypatch.setattr(queue, "is_reachable", lambda: True)
    for process in Pulse.Process:
        pulses.note(process, now=timezone.now())
    pulses.note(Pulse.Process.SIGNER, now=timezone.now() - timedelta(seconds=seconds))
    tasks.watch()

    shown = staff_client.get("/admin/")

    (signer,) = (one for one in shown.context["processes"] if one.name == "Signer")
    sentence = " ".join(Alarm.objects.open().values_list("sentence", flat=True))
    assert ("No signer has been seen since" in sentence) == is_away
    assert (signer.mark == "Not seen") == is_away
    assert shown.content.decode().count("No signer has been seen since") == is_away
    assert ("-n signer@%h" in shown.content.decode()) == is_away


def test_a_signer_that_signs_is_at_work_whenever_it_showed_itself(signed: CSR) -> None:
    (signer,) = (
        sight
        for sight in pulses.sights(now=timezone.now(), waited_for=[Pulse.Process.SIGNER])
        if sight.process == Pulse.Process.SIGNER
    )

    assert not signer.is_absent
    assert signer.at is not None


@pytest.mark.parametrize("process", Pulse.Process)
def test_a_missing_process_is_told_with_how_to_start_it(
    staff_client: Client, db: None, process: Pulse.Process
) -> None:
    def told() -> str:
        notices = staff_client.get("/admin/").context["notices"]
        return " ".join(f"{notice.sentence} {notice.command}" for notice in notices)

    missing = told()
    pulses.note(process, now=timezone.now())

    assert f"No {process} has been seen so far" in missing
    assert ("celery -A pushportal beat" if process == "beat" else f"-n {process}@%h") in missing
    assert f"No {process}" not in told()


def test_a_csr_that_waits_too_long_says_so_with_since_and_why(
    staff_client: Client, waits: CSR, alarm: Alarm
) -> None:
    shown = content(staff_client, page(waits))

    assert f"it has waited since {waits.state_since:%Y-%m-%d %H:%M:%S} UTC" in shown
    assert EXPIRED in shown
    assert "Being signed, stuck" in content(staff_client, f"{CSRS}?state=approved")


def test_a_csr_that_was_just_approved_says_nothing_of_it(
    staff_client: Client, approved: CSR
) -> None:
    assert "Stuck:" not in content(staff_client, page(approved))
    assert "Being signed, stuck" not in content(staff_client, f"{CSRS}?state=approved")


def test_a_mail_about_an_alarm_leads_to_it(staff_client: Client, sam: User, alarm: Alarm) -> None:
    mail = Mail.objects.get()

    for path in ("/admin/onboarding/mail/", page(mail)):
        shown = content(staff_client, path)
        assert f'href="{page(alarm)}"' in shown
        assert "Nothing can be signed (signer-1)" in shown


def test_a_vendor_certificate_shows_when_staff_are_told_and_what_was_raised(
    staff_client: Client, signed: CSR
) -> None:
    end = (timezone.now() + timedelta(days=20)).replace(microsecond=0)
    VendorCertificate.objects.update(not_after=end)
    tasks.watch()
    alarm = Alarm.objects.get(kind=Alarm.Kind.VENDOR_CERTIFICATE_ENDING)

    shown = content(staff_client, page(VendorCertificate.objects.get()))

    assert f"{end - timedelta(days=60):%Y-%m-%d}" in shown
    assert "30 days before the end, reached" in shown
    assert "at the end" in shown
    assert f'href="{page(alarm)}"' in shown


def test_raising_and_clearing_can_be_chosen_among_the_events(
    staff_client: Client, alarm: Alarm
) -> None:
    lifecycle.clear_alarm(Alarm.Kind.IDENTITY_UNFIT, about="signer-1", by=Actor.signer())

    for verb in ("raise_alarm", "clear_alarm"):
        answer = staff_client.get("/admin/onboarding/event/", {"verb": verb})
        assert [event.verb for event in answer.context["cl"].result_list] == [verb]


def test_the_first_page_asks_little_even_with_alarms(
    staff_client: Client, waits: CSR, alarm: Alarm
) -> None:
    staff_client.get("/admin/")

    with CaptureQueriesContext(connection) as asked:
        staff_client.get("/admin/")

    assert len(asked) < 40


def test_a_customer_reads_that_its_csr_waits_and_no_more(
    client_of: Callable[[User], Client], ada: User, approved: CSR
) -> None:
    before = content(client_of(ada), approved.get_absolute_url())
    unfit("signer-1")

    shown = content(client_of(ada), approved.get_absolute_url())

    assert "Approved, and being signed" in before
    assert "Approved, and waiting to be signed" in shown
    assert "its staff have been told" in shown
    assert EXPIRED not in shown
    assert "signer-1" not in shown


def test_a_customers_open_page_moves_on_when_signing_is_held_up(
    client_of: Callable[[User], Client], ada: User, approved: CSR
) -> None:
    client, address = client_of(ada), f"{approved.get_absolute_url()}progress"
    quiet = client.get(address, {"seen": "approved"})
    unfit("signer-1")

    told = client.get(address, {"seen": "approved"})
    still = client.get(address, {"seen": "held_up"})
    lifecycle.clear_alarm(Alarm.Kind.IDENTITY_UNFIT, about="signer-1", by=Actor.signer())
    mended = client.get(address, {"seen": "held_up"})

    assert (quiet.status_code, told.status_code, still.status_code) == (204, 200, 204)
    assert b"waiting to be signed" in told.content
    assert b"and being signed" in mended.content


def test_a_stuck_signature_is_told_to_the_customer_too(
    client_of: Callable[[User], Client], ada: User, sam: User, approved: CSR
) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        tasks.watch()

    assert "waiting to be signed" in content(client_of(ada), approved.get_absolute_url())


def closing(alarm: Alarm) -> str:
    return f"{ALARMS}{alarm.pk}/close/"


def test_staff_close_an_alarm_that_nobody_comes_back_to(
    staff_client: Client, sam: User, alarm: Alarm
) -> None:
    offered = content(staff_client, page(alarm))
    question = content(staff_client, closing(alarm))
    still_open = Alarm.objects.open().count()
    staff_client.post(closing(alarm))

    assert closing(alarm) in offered
    assert EXPIRED in question
    assert still_open == 1
    assert not Alarm.objects.open().exists()
    assert Event.objects.get(verb="close_alarm").actor == sam
    assert closing(alarm) not in content(staff_client, page(alarm))


def test_a_closed_alarm_is_raised_anew_if_its_matter_still_stands(
    staff_client: Client, sam: User, alarm: Alarm
) -> None:
    staff_client.post(closing(alarm))

    again = unfit("signer-1")

    assert again.pk != alarm.pk
    assert Mail.objects.filter(alarm=again, recipient=sam.email).exists()


def test_an_alarm_that_was_over_meanwhile_is_not_closed_again(
    staff_client: Client, alarm: Alarm
) -> None:
    lifecycle.clear_alarm(Alarm.Kind.IDENTITY_UNFIT, about="signer-1", by=Actor.signer())

    answer = staff_client.post(closing(alarm), follow=True)

    assert "over already; nothing was changed" in answer.content.decode()
    assert not Event.objects.filter(verb="close_alarm").exists()


def test_who_may_not_approve_may_not_close_an_alarm(
    client_of: Callable[[User], Client], tom: User, ada: User, alarm: Alarm
) -> None:
    assert closing(alarm) not in content(client_of(tom), page(alarm))
    assert client_of(tom).get(closing(alarm)).status_code == 403
    assert client_of(tom).post(closing(alarm)).status_code == 403
    for client in (client_of(ada), Client()):
        assert client.post(closing(alarm)).status_code != 200
    with pytest.raises(errors.NotAllowed):
        lifecycle.close_alarm(alarm, by=Actor.of(tom))
    assert Alarm.objects.open().get() == alarm
