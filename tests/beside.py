"""Programs beside the test, with the worker's settings: in one process, on one connection, nothing
ever happens at once.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.servers.postgresql import PostgreSQL

ROOT = Path(__file__).parents[1]


def environment(database: str, var: Path) -> dict[str, str]:
    """What a worker is told, and nothing else that this process knows."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "pushportal.settings.worker",
        "DATABASE_URL": database,
        "SECRET_KEY": "of a test",
        "VAR_DIR": str(var),
    }


def ran(database: str, var: Path, *command: str) -> str:
    """What Python prints with these words; AssertionError with its errors if it fails."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(database, var),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def ran_on_postgresql(program: str, folder: Path) -> str:
    """As `ran`, the program itself, on a server of its own that is empty."""
    server = PostgreSQL.start(folder / "postgresql", fsync="off")
    try:
        return ran(server.create("beside"), folder / "var", "-c", program)
    finally:
        server.stop()
