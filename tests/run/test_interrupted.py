"""Ctrl-C in a command ends in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

from tests.run.instance import ROOT

CTRL_C = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"


def test_ctrl_c_in_a_command_ends_without_a_traceback(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", CTRL_C],
        cwd=ROOT,
        env={
            **os.environ,
            "VAR_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "pushportal.settings.dev",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 130
    assert ran.stderr.strip() == "Stopped. Run the command again to go on."
