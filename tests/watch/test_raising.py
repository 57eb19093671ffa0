"""An alarm is raised once, stays until it is cleared, and is told to who may see it."""

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding import errors, lifecycle, outbox, queue
from onboarding.lifecycle import Actor
from onboarding.models import Alarm, Event, Mail, User

UNFIT = Alarm.Kind.IDENTITY_UNFIT
SENTENCE = "The passphrase of the signing identity is wrong. Set the right one."


def raised(about: str = "signer-1", sentence: str = SENTENCE) -> Alarm | None:
    return lifecycle.raise_alarm(UNFIT, about=about, sentence=sentence, by=Actor.signer())


def test_an_alarm_is_written_down_with_its_event(db: None) -> None:
    alarm = raised()

    assert alarm is not None
    event = Event.objects.get()
    assert (event.verb, event.actor_name) == ("raise_alarm", "signer")
    assert event.facts == {"kind": UNFIT, "about": "signer-1", "sentence": SENTENCE}


def test_the_same_matter_raises_no_second_alarm_but_says_what_is_found_now(sam: User) -> None:
    first = raised()
    second = raised(sentence="The file of the signing identity is gone.")

    alarm = Alarm.objects.get()
    assert second is None
    assert first is not None
    assert alarm.raised_at == first.raised_at
    assert alarm.sentence == "The file of the signing identity is gone."
    assert Event.objects.count() == 1
    assert Mail.objects.count() == 1


def test_other_matters_have_alarms_of_their_own(db: None) -> None:
    raised("signer-1")
    raised("signer-2")

    assert Alarm.objects.open().count() == 2


def test_a_cleared_alarm_is_over_and_may_be_raised_anew(sam: User) -> None:
    raised()
    lifecycle.clear_alarm(UNFIT, about="signer-1", by=Actor.worker())
    again = raised()

    over, now_open = Alarm.objects.order_by("id")
    assert over.cleared_at is not None
    assert now_open == again
    assert [event.verb for event in Event.objects.all()] == [
        "raise_alarm",
        "clear_alarm",
        "raise_alarm",
    ]
    assert Mail.objects.count() == 2


def test_clearing_what_is_not_open_changes_nothing(db: None) -> None:
    raised("signer-1")

    lifecycle.clear_alarm(UNFIT, about="signer-2", by=Actor.worker())
    lifecycle.clear_alarm(Alarm.Kind.STUCK, about="signer-1", by=Actor.worker())

    assert Alarm.objects.open().count() == 1
    assert Event.objects.count() == 1


def test_no_person_raises_or_clears_an_alarm(sam: User) -> None:
    raised()

    with pytest.raises(errors.NotAllowed, match="Only the worker and the signer"):
        lifecycle.raise_alarm(UNFIT, about="x", sentence="x", by=Actor.of(sam))
    with pytest.raises(errors.NotAllowed, match="Only the worker and the signer"):
        lifecycle.clear_alarm(UNFIT, about="signer-1", by=Actor.of(sam))

    assert Alarm.objects.open().count() == 1


def test_the_database_itself_keeps_one_open_alarm_per_matter(db: None) -> None:
    raised()

    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.create(kind=UNFIT, about="signer-1", sentence="x", raised_at=timezone.now())


def test_who_may_close_alarms_is_told_and_nobody_else(sam: User, sue: User, ada: User) -> None:
    User.objects.create_user("tim@vendor.example", "pw", name="Tim", is_staff=True)
    User.objects.create_superuser("gone@vendor.example", "pw", name="Gone", is_active=False)
    User.objects.create_superuser("root@vendor.example", "pw", name="Root")
    # A permission that a customer should not have makes nobody staff.
    ada.user_permissions.add(Permission.objects.get(codename="close_alarm"))

    raised()

    told = Mail.objects.filter(kind=Mail.Kind.ALARM).values_list("recipient", flat=True)
    assert set(told) == {sam.email, sue.email, "root@vendor.example"}


def test_the_mail_alone_tells_what_to_do(sam: User) -> None:
    alarm = raised()
    assert alarm is not None

    message = outbox.compose(Mail.objects.get())

    html = str(message.alternatives[0][0])
    assert message.subject == "Alarm: Nothing can be signed (signer-1)"
    for body in (str(message.body), html):
        assert SENTENCE in body
        assert f"{alarm.raised_at:%H:%M} UTC" in body
        assert "manage.py vendor_identity check" in body
        assert f"http://127.0.0.1:8000/admin/onboarding/alarm/{alarm.pk}/change/" in body
        assert "Over" not in body


def test_a_mail_that_leaves_late_says_that_it_is_over(sam: User) -> None:
    raised()
    lifecycle.clear_alarm(UNFIT, about="signer-1", by=Actor.signer())

    message = outbox.compose(Mail.objects.get())

    assert "nothing left to do" in str(message.body)
    assert "nothing left to do" in str(message.alternatives[0][0])


def test_what_was_found_cannot_write_html_into_the_mail(sam: User) -> None:
    raised(about="<b>x</b>", sentence="<script>x</script> & more")

    message = outbox.compose(Mail.objects.get())

    html = str(message.alternatives[0][0])
    assert "<script>" not in html
    assert "<b>x" not in html
    assert "<script>x</script> & more" in str(message.body)
    assert message.subject.endswith("(<b>x</b>)")


@pytest.mark.parametrize("kind", Alarm.Kind)
def test_every_kind_of_alarm_has_its_mail_with_advice(sam: User, kind: Alarm.Kind) -> None:
    lifecycle.raise_alarm(kind, about="", sentence="Found.", by=Actor.worker())

    message = outbox.compose(Mail.objects.get())

    assert message.subject == f"Alarm: {kind.label}"
    assert "What to do" in str(message.body)
    assert "{{" not in str(message.body) + str(message.alternatives[0][0])


def test_raising_asks_for_the_mails_once_committed(
    sam: User, asked: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        raised()
        assert asked == []

    assert asked == [queue.SEND_MAILS]
