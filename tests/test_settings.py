"""A wrong setting is told in one sentence, before anything starts, without its value if secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WEB = "import pushportal.wsgi"
CELERY = "import pushportal.celery"


def started(code: str, var: Path, settings: str = "web", **own: str) -> tuple[int, str]:
    """Exit status and standard error of a process that loads `code` with these settings alone."""
    environ = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(var),
        "SECRET_KEY": "of a test",
        "DJANGO_SETTINGS_MODULE": f"pushportal.settings.{settings}",
    }
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={name: value for name, value in (environ | own).items() if value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ran.returncode, ran.stderr


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("PUBLIC_URL", "http://portal.example", "Use https"),
        ("PUBLIC_URL", "https://portal.example/portal", "without a path"),
        ("PUBLIC_URL", "portal.example", "give it as https://host"),
        ("PUBLIC_URL", "https://[x", "give it as https://host"),
        ("PUBLIC_URL", "https://x:99999", "give it as https://host"),
        ("DATABASE_URL", "hello", "Use postgres://user@host/name"),
        ("DATABASE_URL", "mysqlx://root:secret@db/x", "Use postgres://user@host/name"),
        ("REDIS_URL", "amqp://user:secret@host", "REDIS_URL must be redis://host"),
        ("EMAIL_URL", "pigeon://user:secret@host", "Use smtp+tls://"),
        ("STORAGE", "[1]", "STORAGE must be JSON with a BACKEND"),
        ("STORAGE", '{"BACKEND": "no.such.Storage"}', "STORAGE must be JSON with a BACKEND"),
        ("STORAGE", "{", "STORAGE must be JSON with a BACKEND"),
        ("APPROVALS_REQUIRED", "two", "must be a whole number from 1"),
        ("APPROVALS_REQUIRED", "0", "must be a whole number from 1"),
        ("TRUST_ANCHORS", "/nowhere/anchors.pem", "TRUST_ANCHORS names /nowhere/anchors.pem"),
        ("SECRET_KEY_FILE", "/nowhere/key", "SECRET_KEY and SECRET_KEY_FILE are both set"),
        ("SIGNING_IDENTITY", "file:///nowhere.pem", "must not hold SIGNING_IDENTITY"),
    ],
)
def test_the_web_process_says_what_is_wrong(
    tmp_path: Path, setting: str, value: str, words: str
) -> None:
    status, told = started(WEB, tmp_path, **{setting: value})

    assert status != 0
    assert words in told
    assert "Traceback" not in told
    assert "secret" not in told.replace("SECRET", "")


@pytest.mark.parametrize(
    ("process", "setting", "words"),
    [
        ("worker", "SIGNING_IDENTITY_PASSPHRASE", "must not hold SIGNING_IDENTITY_PASSPHRASE"),
        ("signer", "CUSTODY_PRIVATE_KEY", "must not hold CUSTODY_PRIVATE_KEY"),
        ("signer", "SECRET_KEY", "must not hold SECRET_KEY"),
    ],
)
def test_a_process_refuses_the_secret_of_another(
    tmp_path: Path, process: str, setting: str, words: str
) -> None:
    own = {"SECRET_KEY": "" if process == "signer" else "x", setting: "a secret"}

    status, told = started(CELERY, tmp_path, process, **own)

    assert status != 0
    assert words in told
    assert "Traceback" not in told
    assert "a secret" not in told


def test_a_file_holds_a_setting_with_or_without_its_last_newline(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("of a file\n")
    code = f"{WEB}; from django.conf import settings; assert settings.SECRET_KEY == 'of a file'"

    status, told = started(code, tmp_path, SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "key"))

    assert status == 0, told


def test_an_empty_file_is_no_setting(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")

    status, told = started(WEB, tmp_path, SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "key"))

    assert status != 0
    assert "which is empty" in told


def test_a_fresh_machine_has_no_folder_yet_and_migrates(tmp_path: Path) -> None:
    var = tmp_path / "not" / "there"
    migrate = "from django.core.management import execute_from_command_line as run; run(['', "
    code = f"{migrate}'migrate', '--verbosity', '0'])"

    status, told = started(code, var)

    assert status == 0, told
    assert (var / "db.sqlite3").exists()
    assert var.stat().st_mode & 0o077 == 0
