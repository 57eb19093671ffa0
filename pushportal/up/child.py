"""`python -m pushportal.up.child NAME PARENT COMMAND…`: start a process with its share only."""

import os
import sys
from pathlib import Path

from pushportal.up import environment, lock, tied
from pushportal.up.processes import PROCESSES

_LAST_ONE_ENDS_SECONDS = 15


def main(name: str, parent: str, *command: str) -> int:
    process = PROCESSES[name]
    run = Path(os.environ["VAR_DIR"]) / "run"
    # After a kill -9 the last one may still be at work: two brokers would spoil one log.
    if not lock.wait(run / f"{name}.lock", seconds=_LAST_ONE_ENDS_SECONDS):
        sys.stderr.write(f"Another {name} of an earlier run is still at work.\n")
        return 1
    environ = environment.share(os.environ, *process.settings) | process.fixed
    environ["PYTHONUNBUFFERED"] = "1"
    if process.module:
        environ["DJANGO_SETTINGS_MODULE"] = f"pushportal.settings.{process.module}"
    return tied.run(command, environ=environ, parent=int(parent))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
