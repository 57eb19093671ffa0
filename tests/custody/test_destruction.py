"""A push key is deleted at its customer's wish: every copy goes, and that it is gone is proved."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import errors, lifecycle, queue, storage, tasks
from onboarding.custody import resealing
from onboarding.custody.ring import Ring
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Alarm, Event, Export, Membership, PushCertificate, User
from tests.custody.parts import PASSPHRASE, exported, fetched

Callbacks = Callable[..., AbstractContextManager[object]]


def deleting(csr: CSR) -> str:
    return reverse("portal:key_delete", args=[csr.pk])


def destroyed(certificate: PushCertificate, by: User) -> CSR:
    lifecycle.destroy_key(certificate.csr, by=Actor.of(by))
    tasks.destroy(str(certificate.csr_id))
    return CSR.objects.get(pk=certificate.csr.pk)


def test_the_file_is_gone_and_two_events_say_so(active: PushCertificate, ada: User) -> None:
    name = active.csr.sealed_key

    csr = destroyed(active, ada)

    assert not storage.exists(name)
    assert csr.key_gone_at is not None
    asked, gone = Event.objects.filter(verb__in=["destroy_key", "key_gone"])
    assert (asked.verb, asked.actor) == ("destroy_key", ada)
    assert asked.facts["public_key_sha256"] == csr.public_key_sha256
    assert (gone.verb, gone.actor_name) == ("key_gone", "worker")
    assert gone.facts == {"public_key_sha256": csr.public_key_sha256, "files": [name]}


def test_it_is_not_said_to_be_gone_while_it_is_there(
    active: PushCertificate, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifecycle.destroy_key(active.csr, by=Actor.of(ada))

    with monkeypatch.context() as patched:
        patched.setattr(storage, "delete", lambda _: None)
        with pytest.raises(errors.StillThere):
            tasks.destroy(str(active.csr_id))

    assert CSR.objects.get(pk=active.csr.pk).key_gone_at is None
    assert not Event.objects.filter(verb="key_gone").exists()


def test_twice_is_once(active: PushCertificate, ada: User) -> None:
    first = destroyed(active, ada)

    tasks.destroy(str(active.csr_id))
    with pytest.raises(errors.KeyGone, match="no push key here"):
        lifecycle.destroy_key(active.csr, by=Actor.of(ada))

    assert CSR.objects.get(pk=active.csr.pk).key_gone_at == first.key_gone_at
    assert Event.objects.filter(verb="key_gone").count() == 1
    assert Event.objects.filter(verb="destroy_key").count() == 1


def test_the_worker_is_asked_at_once(
    active: PushCertificate,
    ada: User,
    asked: list[tuple[object, ...]],
    django_capture_on_commit_callbacks: Callbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.destroy_key(active.csr, by=Actor.of(ada))

    assert (queue.DESTROY, str(active.csr_id)) in asked


def test_what_was_forgotten_is_asked_for_again(
    active: PushCertificate,
    ada: User,
    asked: list[tuple[object, ...]],
    django_capture_on_commit_callbacks: Callbacks,
) -> None:
    lifecycle.destroy_key(active.csr, by=Actor.of(ada))

    with (
        time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False),
        django_capture_on_commit_callbacks(execute=True),
    ):
        tasks.sweep()

    assert asked.count((queue.DESTROY, str(active.csr_id))) == 1


def test_copies_of_a_broken_off_rotation_go_too(
    active: PushCertificate, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(lifecycle, "record_reseal", killed)
        with pytest.raises(KeyboardInterrupt):
            resealing.reseal(CSR.objects.get(pk=active.csr.pk), Ring.current())
    begun = Event.objects.get(verb="begin_reseal").facts["file"]
    was_there = storage.exists(begun)

    destroyed(active, ada)

    assert was_there
    assert not storage.exists(begun)
    assert begun in Event.objects.get(verb="key_gone").facts["files"]


def test_a_rotation_makes_no_new_copy_of_a_key_that_is_being_destroyed(
    active: PushCertificate, ada: User
) -> None:
    stale, ring = CSR.objects.get(pk=active.csr.pk), Ring.current()
    lifecycle.destroy_key(active.csr, by=Actor.of(ada))

    resealing.reseal(stale, ring)
    begun = Event.objects.get(verb="begin_reseal").facts["file"]

    assert not storage.exists(begun)
    assert not resealing.waiting("any").exists()


def test_exports_end_with_the_key(ready: Export, ada: User, as_ada: Client) -> None:
    csr = destroyed(ready.push_certificate, ada)
    answer = as_ada.post(reverse("portal:export_file", args=[ready.pk]))

    ready.refresh_from_db()
    assert ready.state == Export.State.GONE
    assert not storage.exists(ready.file)
    assert answer.status_code == 410
    assert "The push key was deleted." in answer.content.decode()
    assert "Export anew" not in answer.content.decode()
    with pytest.raises(errors.KeyGone):
        exported(ready.push_certificate, by=ada)
    assert csr.key_gone_at is not None


def test_an_export_that_was_being_made_is_not_finished(active: PushCertificate, ada: User) -> None:
    export = exported(active)
    lifecycle.destroy_key(active.csr, by=Actor.of(ada))

    tasks.export(str(export.pk))

    export.refresh_from_db()
    assert (export.state, export.file) == (Export.State.FAILED, "")
    assert export.sealed_passphrase is None


@pytest.mark.parametrize("name", ["bob", "eve"])
def test_others_may_not(name: str, active: PushCertificate, request: pytest.FixtureRequest) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.destroy_key(active.csr, by=Actor.of(request.getfixturevalue(name)))

    assert CSR.objects.get(pk=active.csr.pk).keeps_key


def test_a_csr_on_its_way_keeps_its_key(signed: CSR, ada: User, as_ada: Client) -> None:
    with pytest.raises(errors.WrongState, match="Withdraw the CSR first"):
        lifecycle.destroy_key(signed, by=Actor.of(ada))
    answer = as_ada.post(deleting(signed))

    assert answer.status_code == 409
    assert CSR.objects.get(pk=signed.pk).keeps_key


def test_a_withdrawn_csrs_key_can_go(signed: CSR, ada: User, as_ada: Client) -> None:
    lifecycle.withdraw(signed, by=Actor.of(ada))
    offered = deleting(signed) in as_ada.get(signed.get_absolute_url()).content.decode()

    answer = as_ada.post(deleting(signed))
    tasks.destroy(str(signed.pk))

    assert offered
    assert answer["Location"] == signed.get_absolute_url()
    assert "seen to be gone from storage" in as_ada.get(signed.get_absolute_url()).content.decode()


def test_the_page_says_what_it_means_before_anything_happens(
    active: PushCertificate, as_ada: Client
) -> None:
    fetched(active)

    said = as_ada.get(deleting(active.csr)).content.decode()

    assert "Nobody can export it from here any more" in said
    assert "An MDM server that has the key already goes on as before" in said
    assert "Has your MDM server got the key?" in said
    assert CSR.objects.get(pk=active.csr.pk).keeps_key


def test_an_admin_deletes_it_by_the_pages(active: PushCertificate, as_ada: Client) -> None:
    answer = as_ada.post(deleting(active.csr), follow=True)
    asked_for = answer.content.decode()
    tasks.destroy(str(active.csr_id))
    said = as_ada.get(active.get_absolute_url()).content.decode()

    assert "Its deletion was asked for" in asked_for
    assert "seen to be gone from storage" in said
    assert "/export" not in said
    assert as_ada.post(deleting(active.csr))["Location"] == active.get_absolute_url()
    history = as_ada.get(active.csr.get_absolute_url()).content.decode()
    assert "Deletion of the key asked for" in history
    assert "Key deleted" in history


@pytest.mark.parametrize(("name", "status"), [("bob", 403), ("eve", 404), ("sam", 404)])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_portals_door_is_for_admins(
    name: str,
    status: int,
    method: str,
    active: PushCertificate,
    client: Client,
    request: pytest.FixtureRequest,
) -> None:
    client.force_login(request.getfixturevalue(name))

    answer = getattr(client, method)(deleting(active.csr))

    assert answer.status_code == status
    assert CSR.objects.get(pk=active.csr.pk).keeps_key


def test_an_alarm_about_the_key_ends_with_it(active: PushCertificate, ada: User) -> None:
    storage.delete(active.csr.sealed_key)
    tasks.export(str(exported(active).pk))
    alarms = Alarm.objects.open().count()

    destroyed(active, ada)

    assert alarms == 1
    assert not Alarm.objects.open().exists()


def test_a_member_who_asked_for_an_export_and_left_sees_it_no_more(
    ready: Export, as_ada: Client, ada: User
) -> None:
    Membership.objects.filter(user=ada).delete()

    assert as_ada.get(ready.get_absolute_url()).status_code == 404
    assert PASSPHRASE not in str(as_ada.get(ready.get_absolute_url()).content)
