"""The pages of an export: who gets in, what they say, one download within the hour."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from onboarding import errors, keys, lifecycle, storage, tasks
from onboarding.lifecycle import Actor
from onboarding.models import Alarm, Export, Membership, PushCertificate, User
from onboarding.models.export import LIFETIME
from tests.custody.parts import PASSPHRASE, exported
from tests.portal.test_doors import without_token

Callbacks = Callable[..., AbstractContextManager[object]]
TYPED = {"form": "pkcs12", "passphrase": PASSPHRASE, "again": PASSPHRASE}


def asking(certificate: PushCertificate) -> str:
    return reverse("portal:export_create", args=[certificate.pk])


def file_of(export: Export) -> str:
    return reverse("portal:export_file", args=[export.pk])


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.mark.parametrize(("form", "suffix"), [("pkcs12", "p12"), ("pem", "pem")])
def test_an_admin_exports_by_the_pages(
    active: PushCertificate, as_ada: Client, form: str, suffix: str
) -> None:
    address = as_ada.post(asking(active), {**TYPED, "form": form})["Location"]
    waiting = page(as_ada, address)
    export = Export.objects.get()
    tasks.export(str(export.pk))
    ready = page(as_ada, address)
    answer = as_ada.post(file_of(export))

    assert "Your file is being made" in waiting
    assert "Your file is ready" in ready
    assert answer.status_code == 200
    assert answer["Content-Disposition"].endswith(f'.{suffix}"')
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(answer.content) > 2000


def test_of_an_ended_certificate_it_is_not_said_to_work(ready: Export, as_ada: Client) -> None:
    sentence = "Not with this certificate, though: it ended on"
    before = page(as_ada, ready.get_absolute_url())
    PushCertificate.objects.update(
        not_before=timezone.now() - timedelta(days=372),
        not_after=timezone.now() - timedelta(days=7),
    )

    after = page(as_ada, ready.get_absolute_url())

    assert sentence not in before
    assert sentence in after


def test_the_worker_is_asked_at_once(
    active: PushCertificate,
    as_ada: Client,
    asked: list[tuple[object, ...]],
    django_capture_on_commit_callbacks: Callbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        as_ada.post(asking(active), TYPED)

    assert ("onboarding.export", str(Export.objects.get().pk)) in asked


def test_it_is_downloaded_once(ready: Export, as_ada: Client) -> None:
    first, second = as_ada.post(file_of(ready)), as_ada.post(file_of(ready))

    assert first.status_code == 200
    assert second.status_code == 410
    said = second.content.decode()
    assert "You downloaded the file" in said
    assert "it cannot be downloaded again" in said
    assert asking(ready.push_certificate) in said
    ready.refresh_from_db()
    assert ready.state == Export.State.GONE
    assert not storage.exists(ready.file)


def test_without_javascript_the_ready_page_says_how_to_see_that_it_was_downloaded(
    ready: Export, as_ada: Client
) -> None:
    before = page(as_ada, ready.get_absolute_url())

    as_ada.post(file_of(ready))

    again = f'<a href="{ready.get_absolute_url()}">load it again</a>'
    assert again in before.split("<noscript>", 2)[1].split("</noscript>")[0]
    after = page(as_ada, ready.get_absolute_url())
    assert "Your file is ready" not in after
    assert "You downloaded the file" in after


def test_a_download_that_lost_the_race_gets_no_file(
    ready: Export, as_ada: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = storage.get

    def overtaken(name: str) -> bytes:
        content = really(name)
        lifecycle.fetch_export(Export.objects.get(pk=ready.pk), by=Actor.of(ada))
        return content

    monkeypatch.setattr(storage, "get", overtaken)
    answer = as_ada.post(file_of(ready))

    assert answer.status_code == 410
    assert "Content-Disposition" not in answer


def test_looking_takes_nothing(ready: Export, as_ada: Client) -> None:
    for look in (as_ada.get, as_ada.head):
        assert look(file_of(ready))["Location"] == ready.get_absolute_url()

    assert Export.objects.get(pk=ready.pk).is_offered(ready.asked_at)


def test_after_an_hour_it_is_not_handed_out_whatever_the_sweep_did(
    ready: Export, ada: User, client: Client
) -> None:
    with time_machine.travel(ready.asked_at + LIFETIME, tick=False):
        client.force_login(ada)
        answer = client.post(file_of(ready))

    assert answer.status_code == 410
    assert "This file is gone" in answer.content.decode()


def test_a_second_before_it_still_is(ready: Export, ada: User, client: Client) -> None:
    last = ready.asked_at + LIFETIME - timedelta(seconds=1)

    with time_machine.travel(last, tick=False):
        client.force_login(ada)
        answer = client.post(file_of(ready))

    assert answer.status_code == 200


def test_a_storage_that_will_not_delete_leaves_it_to_the_sweep(
    ready: Export, as_ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise errors.StorageUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(storage, "delete", away)
        first, second = as_ada.post(file_of(ready)), as_ada.post(file_of(ready))
    tasks.export(str(ready.pk))

    assert (first.status_code, second.status_code) == (200, 410)
    ready.refresh_from_db()
    assert ready.state == Export.State.GONE
    assert not storage.exists(ready.file)


def test_a_damaged_file_is_not_handed_out_nor_taken(ready: Export, as_ada: Client) -> None:
    storage.delete(ready.file)

    answer = as_ada.post(file_of(ready))

    assert answer.status_code == 500
    assert "Ask for a new export" in answer.content.decode()
    assert Export.objects.get(pk=ready.pk).fetched_at is None


@pytest.mark.parametrize("name", ["bob", "cora", "eve", "sam"])
@pytest.mark.parametrize("door", ["export", "export_progress", "export_file"])
def test_to_all_others_an_export_is_like_none(
    name: str, door: str, ready: Export, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(name))
    known, unknown = (
        reverse(f"portal:{door}", args=[pk]) for pk in (ready.pk, ready.push_certificate_id)
    )

    for method in (client.get, client.post):
        found, none = method(known), method(unknown)
        assert found.status_code == none.status_code
        assert found.status_code in {404, 405}
        assert without_token(found.content) == without_token(none.content)
    assert Export.objects.get(pk=ready.pk).fetched_at is None


def places(export: Export) -> list[str]:
    """The pages on which somebody looks for it: overview, certificate, form."""
    certificate = export.push_certificate
    overview = certificate.customer.get_absolute_url()
    return [overview, certificate.get_absolute_url(), asking(certificate)]


def test_who_closed_the_page_finds_the_file_until_it_is_downloaded(
    ready: Export, as_ada: Client
) -> None:
    link = f'href="{ready.get_absolute_url()}"'
    before = [link in page(as_ada, one) for one in places(ready)]
    as_ada.post(file_of(ready))

    after = [link in page(as_ada, one) for one in places(ready)]

    assert before == [True, True, True]
    assert after == [False, False, False]


def test_what_is_being_made_is_linked_and_what_is_over_is_not(
    active: PushCertificate, as_ada: Client
) -> None:
    export = exported(active)
    link = f'href="{export.get_absolute_url()}">is being made'
    before = [link in page(as_ada, one) for one in places(export)]
    Export.objects.update(asked_at=export.asked_at - LIFETIME)

    after = [export.get_absolute_url() in page(as_ada, one) for one in places(export)]

    assert before == [True, True, True]
    assert after == [False, False, False]


@pytest.mark.parametrize("name", ["bob", "cora", "eve", "sam"])
def test_nobody_else_finds_it(
    name: str, ready: Export, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(name))

    for one in places(ready):
        assert ready.get_absolute_url() not in page(client, one)


def test_who_is_no_admin_any_more_finds_it_no_more(ready: Export, as_ada: Client) -> None:
    Membership.objects.update(role=Membership.Role.READER)

    assert ready.get_absolute_url() not in page(as_ada, places(ready)[0])


@pytest.mark.parametrize(("name", "status"), [("bob", 403), ("eve", 404), ("sam", 404)])
@pytest.mark.parametrize("method", ["get", "post"])
def test_others_cannot_ask_for_one(
    name: str,
    status: int,
    method: str,
    active: PushCertificate,
    client: Client,
    request: pytest.FixtureRequest,
) -> None:
    client.force_login(request.getfixturevalue(name))

    answer = getattr(client, method)(asking(active), TYPED)

    assert answer.status_code == status
    assert not Export.objects.exists()


def test_staff_who_are_readers_of_the_customer_cannot_ask_either(
    active: PushCertificate, sam: User, client: Client
) -> None:
    Membership.objects.create(user=sam, customer=active.customer, role=Membership.Role.READER)
    client.force_login(sam)

    assert client.post(asking(active), TYPED).status_code == 403
    assert "Export key and certificate" not in page(client, active.get_absolute_url())


def test_staff_who_are_admins_of_the_customer_may(
    active: PushCertificate, sam: User, client: Client
) -> None:
    Membership.objects.create(user=sam, customer=active.customer, role=Membership.Role.ADMIN)
    client.force_login(sam)

    assert client.post(asking(active), TYPED).status_code == 302


def test_an_admin_who_was_made_a_reader_since_gets_no_file(
    ready: Export, as_ada: Client, ada: User
) -> None:
    Membership.objects.filter(user=ada).update(role=Membership.Role.READER)

    answer = as_ada.post(file_of(ready))

    assert answer.status_code == 403
    assert Export.objects.get(pk=ready.pk).fetched_at is None


@pytest.mark.parametrize(
    ("passphrase", "again", "words"),
    [
        ("short-of-12", "short-of-12", "This has 11 characters; at least 12"),
        ("aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "too few different"),
        ("müllers geheimnis", "müllers geheimnis", "not every program reads alike"),
        (" leading space is lost", " leading space is lost", "begins or ends with a space"),
        ("x" * 64 + "abcdefgh" * 9, "x" * 64 + "abcdefgh" * 9, "at most 128"),
        ("with a\ttab in it", "with a\ttab in it", "not every program reads alike"),
        (PASSPHRASE, f"{PASSPHRASE}!", "The two passphrases differ"),
        ("", "", "This field is required"),
    ],
)
def test_a_passphrase_that_does_not_do_is_told_and_never_shown_again(
    active: PushCertificate, as_ada: Client, passphrase: str, again: str, words: str
) -> None:
    answer = as_ada.post(asking(active), {**TYPED, "passphrase": passphrase, "again": again})

    said = answer.content.decode()
    assert answer.status_code == 422
    assert words in said
    assert not passphrase or passphrase not in said
    assert 'value="pem"' in said
    assert not Export.objects.exists()


def test_how_long_a_passphrase_may_be_is_said_beforehand(
    active: PushCertificate, as_ada: Client
) -> None:
    page = as_ada.get(reverse("portal:export_create", args=[active.pk])).content.decode()

    assert "12 to 128 characters" in page


def test_an_unknown_form_is_refused(active: PushCertificate, as_ada: Client) -> None:
    assert as_ada.post(asking(active), {**TYPED, "form": "jks"}).status_code == 422


@pytest.mark.parametrize("setting", ["", "bm9uc2Vuc2U="])
def test_a_portal_that_cannot_seal_takes_no_passphrase(
    active: PushCertificate, as_ada: Client, settings: Settings, setting: str
) -> None:
    settings.CUSTODY_PUBLIC_KEY = setting

    for answer in (as_ada.get(asking(active)), as_ada.post(asking(active), TYPED)):
        assert answer.status_code == 500
        assert "Exports are not set up on this portal" in answer.content.decode()
    assert not Export.objects.exists()


def test_the_passphrase_is_sealed_to_the_key_of_this_moment(
    active: PushCertificate, as_ada: Client, settings: Settings
) -> None:
    private, public = keys.new_custody_key_pair()
    settings.CUSTODY_PUBLIC_KEY = public

    as_ada.post(asking(active), TYPED)

    export = Export.objects.get()
    opened = keys.unseal_passphrase(
        bytes(export.sealed_passphrase or b""), export_id=export.pk, custody_private_key=private
    )
    assert opened == PASSPHRASE


def test_the_page_moves_on_by_itself_and_then_stops(
    active: PushCertificate, as_ada: Client
) -> None:
    export = exported(active)
    progress = reverse("portal:export_progress", args=[export.pk])

    same = as_ada.get(f"{progress}?seen=asked")
    tasks.export(str(export.pk))
    ready = as_ada.get(f"{progress}?seen=asked")
    as_ada.post(file_of(export))
    fetched = as_ada.get(f"{progress}?seen=ready")

    assert (same.status_code, ready.status_code, fetched.status_code) == (204, 200, 286)
    assert "Your file is ready" in ready.content.decode()
    assert "hx-get" not in fetched.content.decode()


def test_without_javascript_the_page_says_how_to_go_on(
    active: PushCertificate, as_ada: Client
) -> None:
    export = exported(active)

    shown = page(as_ada, export.get_absolute_url())

    assert "without JavaScript" in shown.split("<noscript>", 1)[1].split("</noscript>", 1)[0]


def test_a_failed_export_says_why_and_how_to_ask_again(
    active: PushCertificate, as_ada: Client
) -> None:
    storage.delete(active.csr.sealed_key)
    export = exported(active)
    tasks.export(str(export.pk))

    said = page(as_ada, export.get_absolute_url())

    assert "There is no file" in said
    assert "Your vendor has been told" in said
    assert asking(active) in said


def test_a_file_that_was_made_and_called_off_is_gone(
    ready: Export, as_ada: Client, ada: User
) -> None:
    lifecycle.destroy_key(ready.push_certificate.csr, by=Actor.of(ada))

    said = page(as_ada, ready.get_absolute_url())

    assert "<title>Gone, export of key and certificate" in said
    assert "This file is gone" in said
    assert "The push key was deleted." in said
    assert "Not made" not in said


def test_a_page_that_waits_too_long_says_so_and_whether_staff_know(
    active: PushCertificate, as_ada: Client, settings: Settings
) -> None:
    export = exported(active)
    address = export.get_absolute_url()
    progress = reverse("portal:export_progress", args=[export.pk])
    settings.STUCK_AFTER = 60
    with time_machine.travel(export.asked_at + timedelta(seconds=59), tick=False):
        early = page(as_ada, address)
    with time_machine.travel(export.asked_at + timedelta(seconds=61), tick=False):
        late = page(as_ada, f"{progress}?seen=asked")
        lifecycle.raise_alarm(
            Alarm.Kind.STUCK, about="exports", sentence="Exports wait.", by=Actor.worker()
        )
        told = page(as_ada, f"{progress}?seen=late")
        same = as_ada.get(f"{progress}?seen=told")

    known = "staff of your MDM vendor have been told"
    assert "This takes a few seconds" in early
    assert "This takes longer than usual." in late
    assert "the file appears here by itself" in late
    assert known not in late
    assert known in told
    assert "This takes a few seconds" not in late + told
    assert same.status_code == 204


def test_an_uploaded_csrs_certificate_offers_no_export(
    active: PushCertificate, as_ada: Client
) -> None:
    type(active.csr).objects.filter(pk=active.csr.pk).update(origin="uploaded", sealed_key="")

    assert "/export" not in page(as_ada, active.get_absolute_url())
    assert as_ada.get(asking(active))["Location"] == active.get_absolute_url()
    assert as_ada.post(asking(active), TYPED)["Location"] == active.get_absolute_url()
    assert not Export.objects.exists()


def test_colleagues_see_in_the_history_that_a_key_left(
    ready: Export, as_ada: Client, client: Client, cora: User
) -> None:
    as_ada.post(file_of(ready))
    client.force_login(cora)

    said = page(client, ready.push_certificate.csr.get_absolute_url())

    assert "Export of the key asked for" in said
    assert "Exported key downloaded" in said
