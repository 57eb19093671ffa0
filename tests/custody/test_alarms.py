"""However many push keys cannot be used, staff get one alarm and one mail, and it stays true."""

from uuid import uuid4

import pytest
from django.conf import settings as portal
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from onboarding import errors, keys, lifecycle, seal, storage, tasks
from onboarding.custody import alarms, exporting, resealing
from onboarding.custody.ring import Ring
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Alarm, Event, Mail, PushCertificate, StoreVerification, User
from tests.conftest import CUSTODY_PRIVATE_KEY
from tests.custody.parts import exported

GONE = errors.DamagedRecord("The file is gone from storage.")
LIST = "/admin/onboarding/csr/?key=unusable"


@pytest.fixture
def many(submitted: CSR) -> list[CSR]:
    """A hundred push keys, all under one seal."""
    columns = {field.attname: getattr(submitted, field.attname) for field in CSR._meta.fields}
    columns |= {"state": CSR.State.WITHDRAWN}
    made = CSR.objects.bulk_create(CSR(**{**columns, "id": uuid4()}) for _ in range(100))
    return list(CSR.objects.filter(pk__in=[csr.pk for csr in made]).order_by("requested_at", "id"))


def the_alarm() -> Alarm:
    return Alarm.objects.open().get()


def mails() -> list[str]:
    return sorted(Mail.objects.filter(kind=Mail.Kind.ALARM).values_list("recipient", flat=True))


def test_one_key_is_told_as_it_is(sam: User, submitted: CSR) -> None:
    alarms.raise_for(submitted, GONE)

    alarm = the_alarm()
    assert (alarm.kind, alarm.about) == (Alarm.Kind.STORE_DIFFERS, "push keys")
    assert alarm.sentence == (
        f"The sealed push key of {submitted} cannot be used. The file is gone from storage."
    )
    assert Event.objects.get(verb="note_unusable_key").csr == submitted


def test_a_hundred_keys_are_one_alarm_and_one_mail_to_each_of_the_staff(
    sam: User, sue: User, many: list[CSR]
) -> None:
    for csr in many:
        alarms.raise_for(csr, GONE)

    said = the_alarm().sentence
    assert mails() == [sam.email, sue.email]
    assert Event.objects.filter(verb="raise_alarm").count() == 1
    assert said.startswith("100 sealed push keys cannot be used, the first of them: ")
    assert [str(csr) in said for csr in many] == [True] * 3 + [False] * 97
    assert said.endswith(f"All are listed at {portal.PUBLIC_URL}{LIST}")
    # Which one, and since when, stays on record.
    assert Event.objects.filter(verb="note_unusable_key", csr__in=many).count() == 100


def test_a_key_that_is_tried_again_says_nothing_twice(sam: User, submitted: CSR) -> None:
    alarms.raise_for(submitted, GONE)
    since = the_alarm().raised_at

    alarms.raise_for(submitted, errors.InvalidSeal("It does not open."))

    assert the_alarm().raised_at == since
    assert the_alarm().sentence.endswith("cannot be used. It does not open.")
    assert mails() == [sam.email]
    assert Event.objects.filter(verb="note_unusable_key").count() == 1


def test_the_sentence_follows_the_number_down_to_none(sam: User, many: list[CSR]) -> None:
    for csr in many[:4]:
        alarms.raise_for(csr, GONE)
    said = [the_alarm().sentence]

    for csr in many[:3]:
        alarms.clear_for(csr)
        said.append(the_alarm().sentence)
    alarms.clear_for(many[3])

    assert [one.split(" ")[0] for one in said] == ["4", "3", "2", "The"]
    assert not Alarm.objects.open().exists()
    assert Event.objects.filter(verb="clear_alarm").count() == 1
    assert mails() == [sam.email]


def test_a_key_that_was_well_before_clears_nothing(many: list[CSR]) -> None:
    alarms.raise_for(many[0], GONE)

    alarms.clear_for(many[1])

    assert many[0].customer.name in the_alarm().sentence
    assert not Event.objects.filter(verb="note_usable_key").exists()


def test_a_key_that_is_to_be_destroyed_is_not_told(submitted: CSR) -> None:
    CSR.objects.update(key_destroyed_at=timezone.now())

    alarms.raise_for(submitted, GONE)

    assert not Alarm.objects.exists()


def test_only_the_worker_says_that_a_key_cannot_be_used(submitted: CSR, sam: User) -> None:
    for by in (Actor.of(sam), Actor.signer(), Actor.operator()):
        with pytest.raises(errors.NotAllowed):
            lifecycle.note_unusable_key(submitted, why="It is lost.", by=by)
    for by in (Actor.of(sam), Actor.signer()):
        with pytest.raises(errors.NotAllowed):
            lifecycle.note_usable_key(submitted, by=by)


def test_an_export_that_could_be_made_ends_it(active: PushCertificate) -> None:
    alarms.raise_for(active.csr, GONE)

    tasks.export(str(exported(active).pk))

    assert not Alarm.objects.open().exists()


def test_a_clean_comparison_ends_it(submitted: CSR) -> None:
    alarms.raise_for(submitted, GONE)
    row = StoreVerification.objects.create(started_at=timezone.now())

    lifecycle.verify_store(row, is_complete=True, by=Actor.operator())

    submitted.refresh_from_db()
    assert submitted.key_trouble == ""
    assert not Alarm.objects.open().exists()


def test_every_night_they_are_tried_again(submitted: CSR, active: PushCertificate) -> None:
    storage.delete(submitted.sealed_key)
    for csr in (submitted, active.csr):
        alarms.raise_for(csr, GONE)

    tasks.begin_store_verification()

    assert [*CSR.objects.with_unusable_key()] == [submitted]
    assert str(submitted) in the_alarm().sentence


def test_a_key_that_opens_after_all_needs_no_one_to_seal_it_anew(
    submitted: CSR, settings: Settings
) -> None:
    alarms.raise_for(submitted, GONE)

    resealing.reseal(submitted, Ring.current())

    assert not Alarm.objects.open().exists()


def test_all_of_them_are_listed_where_it_says(
    client: Client, many: list[CSR], submitted: CSR
) -> None:
    client.force_login(User.objects.create_superuser("root@vendor.example", "pw", name="Root"))
    for csr in many[:5]:
        alarms.raise_for(csr, GONE)

    listed = client.get(LIST).context["cl"].queryset
    shown = client.get(f"/admin/onboarding/csr/{many[0].pk}/change/").content.decode()

    assert {*listed} == {*many[:5]}
    assert "It could not be used when it was last tried. The file is gone from storage." in shown


def test_the_customer_reads_nothing_of_it(client: Client, ada: User, submitted: CSR) -> None:
    alarms.raise_for(submitted, GONE)
    client.force_login(ada)

    shown = client.get(submitted.get_absolute_url()).content.decode()

    assert "gone from storage" not in shown
    assert "unusable" not in shown


def test_several_missing_custody_keys_are_one_alarm(sam: User, settings: Settings) -> None:
    alarms.settle_missing({"ab" * 32: 1})
    one = the_alarm()
    alarms.settle_missing({f"{number:02}" * 32: 1000 + number for number in range(5)})
    several = the_alarm()
    alarms.settle_missing({})

    assert one.sentence.startswith(f"1 push key is sealed to custody key {'ab' * 8}…")
    assert several.pk == one.pk
    assert several.sentence.startswith("5,010 push keys are sealed to 5 custody keys")
    assert f"{'00' * 8}… (1,000), {'01' * 8}… (1,001), {'02' * 8}… (1,002) and 2 more" in (
        several.sentence
    )
    assert "`manage.py custody status` lists them." in several.sentence
    assert mails() == [sam.email]
    assert not Alarm.objects.open().exists()


def test_a_starting_worker_tells_of_all_of_them_at_once(
    many: list[CSR], sam: User, settings: Settings
) -> None:
    settings.CUSTODY_PRIVATE_KEY, settings.CUSTODY_PUBLIC_KEY = keys.new_custody_key_pair()
    CSR.objects.filter(pk=many[0].pk).update(custody_key="ab" * 32)

    tasks.tell_missing_custody_keys()
    first = the_alarm().sentence
    settings.CUSTODY_PRIVATE_KEY += f" {CUSTODY_PRIVATE_KEY}"
    tasks.tell_missing_custody_keys()

    assert first.startswith("101 push keys are sealed to 2 custody keys")
    assert the_alarm().sentence.startswith("1 push key is sealed to custody key abab")
    assert mails() == [sam.email]
    assert seal.fingerprint(settings.CUSTODY_PUBLIC_KEY)[:16] not in first


def test_an_export_tells_why_in_the_words_of_today(active: PushCertificate) -> None:
    storage.delete(active.csr.sealed_key)

    exporting.make(exported(active))

    assert the_alarm().sentence == (
        f"The sealed push key of {active.csr} cannot be used. The file {active.csr.sealed_key} is"
        " gone from storage."
    )
