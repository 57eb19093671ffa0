"""What an operator sets of the storage, and when the nightly comparison begins."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from pushportal.settings import env

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("named", "used"),
    [
        (
            "django.core.files.storage.FileSystemStorage",
            "onboarding.storage.local.WholeFiles",
        ),
        ("storages.backends.s3.S3Storage", "onboarding.storage.s3.WholeObjects"),
        ("storages.backends.s3boto3.S3Boto3Storage", "onboarding.storage.s3.WholeObjects"),
        ("onboarding.storage.s3.WholeObjects", "onboarding.storage.s3.WholeObjects"),
        (
            "django.core.files.storage.InMemoryStorage",
            "django.core.files.storage.InMemoryStorage",
        ),
    ],
)
def test_a_storage_that_could_tear_a_file_is_replaced(
    monkeypatch: pytest.MonkeyPatch, named: str, used: str
) -> None:
    entry = {"BACKEND": named, "OPTIONS": {"location": "x"}}
    monkeypatch.setenv("STORAGE", json.dumps(entry))

    assert env.storage("STORAGE") == {"BACKEND": used, "OPTIONS": {"location": "x"}}


@pytest.mark.parametrize(("text", "at"), [("03:00", (3, 0)), ("23:59", (23, 59)), ("", (3, 0))])
def test_a_time_of_day_is_read(
    monkeypatch: pytest.MonkeyPatch, text: str, at: tuple[int, int]
) -> None:
    monkeypatch.setenv("VERIFY_STORE_AT", text)

    assert env.clock("VERIFY_STORE_AT", "03:00") == at


@pytest.mark.parametrize("text", ["24:00", "3", "at night", "03:00:00"])
def test_what_is_no_time_of_day_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("VERIFY_STORE_AT", text)

    with pytest.raises(ImproperlyConfigured, match="give it as a time of day in UTC"):
        env.clock("VERIFY_STORE_AT", "03:00")


def test_beat_begins_the_comparison_at_that_time(tmp_path: Path) -> None:
    code = (
        "from pushportal.celery import app;"
        "s = app.conf.beat_schedule['compare database and files'];"
        "print(s['task'], s['schedule'].hour, s['schedule'].minute)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "VAR_DIR": str(tmp_path),
            "SECRET_KEY": "of a test",
            "VERIFY_STORE_AT": "04:30",
            "DJANGO_SETTINGS_MODULE": "pushportal.settings.worker",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.stdout.split() == ["onboarding.begin_store_verification", "{4}", "{30}"], ran.stderr
