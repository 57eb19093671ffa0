"""Ctrl-C in a command ends in a sentence."""

from pathlib import Path

from tests import apart

CTRL_C = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"


def test_ctrl_c_in_a_command_ends_without_a_traceback(tmp_path: Path) -> None:
    ran = apart.ran(
        "manage.py",
        "shell",
        "-c",
        CTRL_C,
        VAR_DIR=str(tmp_path),
        DJANGO_SETTINGS_MODULE="pushportal.settings.dev",
    )

    assert ran.returncode == 130
    assert ran.stderr.strip() == "Stopped. Run the command again to go on."
