"""Commands as a person runs them, with the signer's settings and no database."""

import io
import os
import pty
import select
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Terminal:
    """Runs `manage.py` in `folder`; other processes know `environment` and little else."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def manage(self, *arguments: str | Path) -> Ran:
        """In this process, under the test's settings; a refusal becomes its exit status."""
        out, err = io.StringIO(), io.StringIO()
        name, *rest = map(str, arguments)
        try:
            call_command(name, *rest, stdout=out, stderr=err)
        except CommandError as error:
            err.write(f"CommandError: {error}\n")
            return Ran(error.returncode, out.getvalue(), err.getvalue())
        return Ran(0, out.getvalue(), err.getvalue())

    def start(self, *arguments: str | Path) -> Ran:
        """In a process of its own, under the signer's settings."""
        return self._run(*self._command(*arguments))

    def bash(self, script: str) -> Ran:
        """Lines as they would be pasted; the first that fails ends it."""
        return self._run("bash", "-e", "-o", "pipefail", "-c", script)

    def _run(self, *command: str) -> Ran:
        ran = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def typed(self, *arguments: str | Path, answers: list[str]) -> tuple[int, str]:
        """Exit status and output of a command on a real terminal, with `answers` typed in."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            command = self._command(*arguments)
            os.execve(command[0], command, self._environment)  # noqa: S606 - no shell is wanted
        shown = _converse(terminal, list(answers))
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown

    def _command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)]

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "pushportal.settings.signer",
            "VAR_DIR": str(self.folder / "var"),
            # Nothing listens there: whoever asks for a database is found out.
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
            **self.environment,
        }


def _converse(terminal: int, answers: list[str]) -> str:
    shown = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            said = os.read(terminal, 4096)
        except OSError:
            # Linux's way of saying that the other side has ended.
            break
        if not said:
            break
        shown += said
        if said.endswith(b": ") and answers:
            os.write(terminal, answers.pop(0).encode() + b"\n")
    return shown.decode()
