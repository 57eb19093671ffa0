"""Who compared, what could not be compared and why, and that no number is told in two ways."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from onboarding.lifecycle import Actor
from onboarding.models import CSR, Alarm, Event, PushCertificate, StoreVerification, User
from tests.admin.pages import page
from tests.conftest import CUSTODY_PRIVATE_KEY
from tests.stores import path

WORKERS_SETTINGS = "Run this under the worker's settings, which name both halves of the custody key"


def run(*arguments: str) -> tuple[int, str, str]:
    out = io.StringIO()
    try:
        call_command("verify_store", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), ""


def test_who_ran_the_command_is_in_its_events(
    whole: PushCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    path(whole.upload).unlink()
    run()

    assert {event.actor_name for event in Event.objects.filter(verb="verify_store")} == {
        Actor.operator().name
    }
    assert Event.objects.get(verb="raise_alarm").actor_name == Actor.operator().name


def test_an_operator_is_known_by_the_account_and_not_by_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(name, "mallory")

    name = Actor.operator().name

    assert name.startswith("operator (")
    assert "mallory" not in name


@pytest.mark.parametrize(
    ("unset", "said"),
    [
        (["CUSTODY_PRIVATE_KEY"], "CUSTODY_PRIVATE_KEY is not set here."),
        (["CUSTODY_PUBLIC_KEY"], "CUSTODY_PUBLIC_KEY is not set here."),
        (
            ["CUSTODY_PRIVATE_KEY", "CUSTODY_PUBLIC_KEY"],
            "CUSTODY_PRIVATE_KEY and CUSTODY_PUBLIC_KEY are not set here.",
        ),
    ],
)
def test_what_is_not_set_is_named_with_what_it_leaves_open(
    whole: PushCertificate, settings: Settings, unset: list[str], said: str
) -> None:
    for name in unset:
        setattr(settings, name, None)

    status, out, end = run()
    total = json.loads(run("--json")[1].splitlines()[-1])

    assert status == 2
    assert out.startswith(f"Sealed push keys are not opened: {said} Each is still read")
    assert end.startswith(
        "No difference was found, but 1 sealed push key was not opened, so that nobody knows"
        f" whether the right key is inside. {said} {WORKERS_SETTINGS}"
    )
    assert "sealed." not in out
    assert total["unchecked_because"].startswith(said)


def test_a_pair_that_does_not_fit_is_told_as_that(
    whole: PushCertificate, settings: Settings
) -> None:
    settings.CUSTODY_PUBLIC_KEY = "AAAA" * 10 + "AAA="

    status, out, end = run()

    assert status == 2
    for said in (out, end):
        assert "CUSTODY_PUBLIC_KEY does not belong to CUSTODY_PRIVATE_KEY" in said
    assert CUSTODY_PRIVATE_KEY not in out + end


def test_a_custody_key_that_is_missing_is_looked_up_in_the_status(whole: PushCertificate) -> None:
    CSR.objects.filter(pk=whole.csr.pk).update(custody_key="ab" * 32)

    status, _, end = run()

    assert status == 2
    assert "`manage.py custody status` names them. Put them back." in end


def test_differences_do_not_hide_what_was_not_checked(
    whole: PushCertificate, settings: Settings
) -> None:
    settings.CUSTODY_PRIVATE_KEY = None
    path(whole.upload).unlink()

    status, _, end = run()

    assert status == 1
    assert end.startswith("1 difference between files and database; each is told above. Also, 1")
    assert "was not opened" in end


def test_staff_see_that_a_comparison_left_something_out(
    whole: PushCertificate, settings: Settings, client: Client
) -> None:
    settings.CUSTODY_PRIVATE_KEY = None
    run()
    client.force_login(User.objects.create_superuser("root@vendor.example", "pw", name="Root"))

    shown = client.get(page(StoreVerification.objects.get())).content.decode()

    assert "No difference, not all was checked" in shown


def test_a_number_is_told_alike_everywhere(whole: PushCertificate, client: Client) -> None:
    for one in (whole.upload, whole.csr.sealed_key):
        path(one).unlink()
    client.force_login(User.objects.create_superuser("root@vendor.example", "pw", name="Root"))

    _, _, end = run()

    assert "2 differences" in end
    assert "2 differences" in Alarm.objects.get().sentence
    assert "2 differences" in client.get(page(StoreVerification.objects.get())).content.decode()
