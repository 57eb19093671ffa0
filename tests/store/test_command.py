"""`manage.py verify_store` as a person runs it: its lines, its exit status, what it deletes."""

import errno
import io
import json
import sys
from pathlib import Path

import pytest
from django.core.files.storage import Storage
from django.core.management import CommandError, call_command
from pytest_django import Settings

from onboarding import storage
from onboarding.models import Alarm, Event, PushCertificate, StoreVerification
from tests import apart
from tests.store import local
from tests.store.conftest import old_file
from tests.stores import path


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, what it printed, and what it ended with."""
    out = io.StringIO()
    try:
        call_command("verify_store", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), ""


def test_where_all_is_right_it_says_so(whole: PushCertificate) -> None:
    status, out, _ = run()

    assert status == 0
    assert "Signed requests: 2 checked, no difference.\n" in out
    assert "Sealed push keys: 1 checked, no difference.\n" in out
    assert "All is as it should be: 12 rows and files in " in out
    assert StoreVerification.objects.get().finished_at
    assert Event.objects.filter(verb="verify_store").count() == 1


def test_a_difference_is_a_line_and_status_1(whole: PushCertificate) -> None:
    path(whole.upload).unlink()

    status, out, end = run()

    assert status == 1
    assert f"MISSING    The uploaded file of push certificate {whole.serial}" in out
    assert "Uploaded certificates: 1 checked, 1 difference.\n" in out
    assert end == "1 difference between files and database; each is told above."
    assert Alarm.objects.open().get().about == "comparison"


def test_a_clean_run_ends_the_alarm(whole: PushCertificate) -> None:
    kept = path(whole.upload).read_bytes()
    path(whole.upload).unlink()
    run()
    path(whole.upload).write_bytes(kept)

    assert run()[0] == 0

    assert not Alarm.objects.open().exists()


def test_without_the_custody_key_it_says_what_it_could_not_check(
    whole: PushCertificate, settings: Settings
) -> None:
    settings.CUSTODY_PRIVATE_KEY = None

    status, out, end = run()

    assert status == 2
    assert out.startswith("Sealed push keys are not opened: CUSTODY_PRIVATE_KEY is not set here")
    assert "Sealed push keys: 1 checked, no difference; 1 not opened.\n" in out
    assert "1 sealed push key was not opened" in end


def test_storage_that_cannot_be_used_is_status_2(
    whole: PushCertificate, settings: Settings, tmp_path: Path
) -> None:
    local.take_away(local.use(settings, tmp_path / "local"))

    status, _, end = run()

    assert status == 2
    assert end.startswith("Broken off: the file storage cannot be used now (")
    assert not StoreVerification.objects.exists()


def test_one_file_that_cannot_be_read_hides_no_other(
    whole: PushCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Storage.open

    def fail(files: Storage, name: str, mode: str = "rb") -> object:
        if name == whole.csr.sealed_key:
            raise OSError(errno.EIO, "Input/output error")
        return read(files, name, mode)

    monkeypatch.setattr(Storage, "open", fail)
    path(whole.upload).write_bytes(b"")

    status, out, _ = run()

    assert status == 1
    assert "UNREADABLE A file of " in out
    assert "though the storage answers ([Errno 5] Input/output error)" in out
    assert "CHANGED" in out


def test_as_json_each_finding_is_a_line_and_the_sum_the_last(whole: PushCertificate) -> None:
    path(whole.upload).write_bytes(b"")

    status, out, _ = run("--json")

    finding, total = map(json.loads, out.splitlines())
    assert status == 1
    assert (finding["kind"], finding["about"]) == ("changed", whole.upload)
    assert total["differences"] == 1
    assert total["checked"]["sealed keys"] == 1


@pytest.fixture
def orphan(whole: PushCertificate) -> str:
    return old_file(storage.UPLOADS, b"nobody knows me")


def test_orphans_are_deleted_only_when_that_is_confirmed(
    orphan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, end = run("--delete-orphans")
    kept = storage.exists(orphan)
    sure, _, _ = run("--delete-orphans", "--yes")

    assert status == 1
    assert f"No row names the file {orphan}" in out
    assert "There is no terminal to ask on" in end
    assert kept
    assert sure == 0
    assert not storage.exists(orphan)
    assert Event.objects.get(verb="delete_orphan").facts == {"file": orphan}
    assert run()[0] == 0


def test_a_file_that_got_its_row_meanwhile_stays(
    orphan: str, whole: PushCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(_: str) -> str:
        PushCertificate.objects.filter(pk=whole.pk).update(upload=orphan)
        return "yes"

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answer)

    _, out, _ = run("--delete-orphans")

    assert f"A row names {orphan} by now; it stays." in out
    assert storage.exists(orphan)


def test_no_orphans_is_fine(whole: PushCertificate) -> None:
    assert run("--delete-orphans") == (
        0,
        "There is no file of the portal's that no row names.\n",
        "",
    )


@pytest.mark.parametrize("process", ["worker", "web"])
def test_under_each_process_it_ends_with_a_sentence(tmp_path: Path, process: str) -> None:
    """An instance without any tables, in a process of its own."""
    ran = apart.ran(
        "manage.py",
        "verify_store",
        VAR_DIR=str(tmp_path),
        SECRET_KEY="of a test",
        DJANGO_SETTINGS_MODULE=f"pushportal.settings.{process}",
    )

    assert ran.returncode == 2
    assert "Broken off: the database cannot be used" in ran.stderr
    assert "Traceback" not in ran.stderr
