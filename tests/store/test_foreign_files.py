"""Files that others put into the storage: each is listed, none deleted, no name does harm."""

import io
import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from onboarding import storage, store, tasks
from onboarding.models import StoreVerification, User
from onboarding.storage.local import WholeFiles
from onboarding.store import strays
from tests.admin.pages import page
from tests.store import local
from tests.store.conftest import find, kinds

# A new line, an escape sequence, a mark that turns text around.
NASTY = "no harm\n\x1b[2J\u202eCHANGED  all is well"
SHOWN = r"no harm\n\x1b[2J\u202eCHANGED  all is well"


@pytest.fixture
def files(settings: Settings, tmp_path: Path, db: None) -> Path:
    """The folder of a storage in which nothing is kept, for a database that names nothing."""
    folder = local.use(settings, tmp_path / "files")
    folder.mkdir()
    return folder


def put(files: Path, *names: str) -> None:
    for name in names:
        (files / name).parent.mkdir(parents=True, exist_ok=True)
        (files / name).write_bytes(b"x")
        os.utime(files / name, (0, 0))


def run(*arguments: str) -> tuple[int, str, str]:
    out = io.StringIO()
    try:
        call_command("verify_store", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), ""


def test_what_is_in_no_folder_of_ours_is_listed(files: Path) -> None:
    names = ["notes.txt", "backup/2025/dump.sql", "uploads.old/ab/cd", "zz"]
    put(files, *names)

    findings = find()

    assert kinds(findings) == ["orphan"] * 4
    assert [one.about for one in findings] == sorted(names)
    assert all("is not of the portal's making" in one.sentence for one in findings)
    assert all("delete it by hand" in one.sentence for one in findings)


def test_a_young_one_is_listed_too(files: Path) -> None:
    (files / "notes.txt").write_bytes(b"x")

    assert [one.about for one in find()] == ["notes.txt"]


def test_what_the_file_system_keeps_for_itself_is_not_looked_at(files: Path) -> None:
    put(files, "lost+found/#123", ".snapshot/hourly/uploads/ab/cd")

    assert find() == []


def test_a_link_is_listed_and_not_followed(files: Path) -> None:
    (files / "round").symlink_to(files)
    (files / "root").symlink_to("/")

    assert [one.about for one in find()] == ["root", "round"]


def test_they_come_in_pages(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = sorted([*(f"a/{number:02}" for number in range(10)), "a-b", "a.b", NASTY, "b" * 250])
    put(files, *names)
    monkeypatch.setattr(strays, "_NAMES", 3)

    findings = find()
    bench = store.Bench.current(now=timezone.now())
    there = [place for _, place in store.pages(bench) if place and place.part == "files elsewhere"]

    assert [one.about for one in findings] == names
    assert all(place.after.isprintable() for place in there)


def test_the_nightly_one_goes_on_after_any_name(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "/".join(["x" * 200] * 4)
    put(files, long, f"{long}2", NASTY, "uploads/ab/" + "y" * 250)
    monkeypatch.setattr(strays, "_NAMES", 1)
    monkeypatch.setattr(tasks.store, "TURN_SECONDS", -1.0)
    row = StoreVerification.objects.create(started_at=timezone.now())

    for _ in range(30):
        tasks.verify_store(row.pk)

    row.refresh_from_db()
    assert row.finished_at
    assert row.differences == 4


def test_they_are_never_deleted(files: Path) -> None:
    foreign = ["notes.txt", "uploads/a\\b", "uploads/ab/cd", "uploads/notes.txt"]
    ours = storage.name_of(storage.UPLOADS, b"x")
    put(files, ours, *foreign)

    status, out, _ = run("--delete-orphans", "--yes")

    assert status == 0
    assert out.count("is not of the portal's making") == len(foreign)
    assert "1 deleted." in out
    assert all((files / name).exists() for name in foreign)
    assert not (files / ours).exists()


@pytest.mark.parametrize("folder", ["", "uploads/ab/"])
def test_a_name_cannot_play_with_the_terminal(files: Path, folder: str) -> None:
    put(files, folder + NASTY)

    status, out, _ = run()
    _, listed, _ = run("--delete-orphans", "--yes")
    _, as_json, _ = run("--json")

    assert status == 1
    for shown in (out, listed):
        assert folder + SHOWN in shown
        assert not {"\x1b", "\u202e"} & {*shown}
        assert not [line for line in shown.splitlines() if line.startswith("\x1b")]
    assert as_json.isascii()
    if not folder:
        assert json.loads(as_json.splitlines()[0])["about"] == NASTY


def test_names_that_are_no_text_are_listed_like_any_other(files: Path) -> None:
    for name in (b"uploads/\xff\xfe", b"\xff"):
        put(files, os.fsdecode(name))

    status, out, _ = run()
    kept = StoreVerification.objects.get().findings

    assert status == 1
    assert r"uploads/\udcff\udcfe" in out
    assert r"\udcff" in kept[1]


def test_names_are_escaped_where_they_are_kept_and_where_staff_read_them(
    files: Path, client: Client
) -> None:
    put(files, NASTY)
    run()
    row = StoreVerification.objects.get()
    client.force_login(User.objects.create_superuser("root@vendor.example", "pw", name="Root"))

    fresh = client.get(page(row)).content.decode()
    StoreVerification.objects.update(findings=[f"The file {NASTY} is gone."])
    old = client.get(page(row)).content.decode()

    assert SHOWN in row.findings[0]
    assert SHOWN in fresh
    assert SHOWN in old
    assert "\x1b" not in fresh + old


def test_a_storage_that_fails_on_such_a_name_says_it_in_one_line_of_the_log(
    files: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(files, f"{NASTY}/x")
    listdir = WholeFiles.listdir

    def fail(files: WholeFiles, path: str) -> object:
        if path == NASTY:
            raise OSError(5, "Input/output error")
        return listdir(files, path)

    monkeypatch.setattr(WholeFiles, "listdir", fail)

    assert run()[0] == 2
    assert SHOWN in caplog.text
    assert NASTY not in caplog.text


def test_only_names_that_lead_back_to_the_file_are_ours() -> None:
    ours = storage.name_of(storage.UPLOADS, b"x")

    assert storage.is_ours(ours)
    assert storage.is_ours(f"{ours}.0123456789abcdef.unfinished")
    folder, start, digest = ours.split("/")
    for name in (
        *("notes", folder, f"{folder}//x", f"{folder}/../x", f"{folder}/./x", rf"{folder}/a\b"),
        *(f"{folder}/notes.txt", f"{folder}/{start}/notes.txt", f"{folder}/{digest}"),
        *(f"{folder}/00/{digest}", f"{ours}.bak", f"{ours}/x", f"notes/{start}/{digest}"),
    ):
        assert not storage.is_ours(name), name
