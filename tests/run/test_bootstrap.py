"""`make run` and `make test` before there is anything to run."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pushportal import bootstrap
from tests.run.instance import ROOT

# A Python that says it is 3.8, and otherwise is the suite's.
OLD_PYTHON = f"""#!/bin/sh
exec {sys.executable} -c '
import runpy, sys
sys.version_info = (3, 8, 10, "final", 0)
sys.path.insert(0, "")
if sys.argv[1] == "-m":
    sys.argv[:2] = []
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
else:
    exec(sys.argv[2])
' "$@"
"""
# A virtual environment's Python that only notes what it is asked to do.
NOTING_PYTHON = """#!/bin/sh
echo "$@" >> {notes}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What the two commands need of the project, and no .venv."""
    (tmp_path / "pushportal").mkdir()
    (tmp_path / "tests").mkdir()
    for name in (
        "Makefile",
        "pushportal/__init__.py",
        "pushportal/binaries.py",
        "pushportal/bootstrap.py",
    ):
        shutil.copy(ROOT / name, tmp_path / name)
    for lock in ("requirements.txt", "tests/requirements.txt", "tests/binaries.txt"):
        (tmp_path / lock).write_text("first\n")
    return tmp_path


@pytest.fixture
def notes(tree: Path) -> Path:
    """A .venv that is there already, and what it is asked to do."""
    (tree / ".venv" / "bin").mkdir(parents=True)
    python = tree / ".venv" / "bin" / "python"
    python.write_text(NOTING_PYTHON.format(notes=tree / "notes"))
    python.chmod(0o755)
    return tree / "notes"


def make(
    tree: Path, *words: str, path: str = os.environ["PATH"]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=tree,
        env={"PATH": path, "HOME": str(tree)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("target", ["run", "test"])
def test_a_python_that_is_too_old_is_told_in_one_sentence(tree: Path, target: str) -> None:
    bare = tree / "bin"
    bare.mkdir()
    (bare / "python3").write_text(OLD_PYTHON)
    (bare / "python3").chmod(0o755)
    for program in ("make", "sh"):
        (bare / program).symlink_to(str(shutil.which(program)))

    told = make(tree, target, path=str(bare))

    assert told.returncode != 0
    assert told.stderr.splitlines()[0] == (
        "Python 3.11 or newer is needed, and this one is 3.8; install a newer one, "
        "or name it: make run PYTHON=/path/to/python3.11."
    )
    assert "Traceback" not in told.stderr
    assert not (tree / ".venv").exists()


def test_an_old_python_takes_a_newer_one_from_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, target in (("python3.29", "/bin/false"), ("python3.12", sys.executable)):
        (tmp_path / name).symlink_to(target)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 11))
    monkeypatch.setattr(sys, "version_info", (3, 8, 10))

    assert bootstrap.new_enough() == str(tmp_path / "python3.12")


def test_python_3_6_can_read_what_tells_it_that_it_is_too_old() -> None:
    for name in ("__init__.py", "binaries.py", "bootstrap.py"):
        ast.parse((ROOT / "pushportal" / name).read_text(), feature_version=(3, 6))


def test_requirements_are_installed_again_only_when_they_changed(tree: Path, notes: Path) -> None:
    for _ in range(2):
        assert make(tree, "run", "PORT=8010").returncode == 0
    (tree / "requirements.txt").write_text("second\n")
    make(tree, "run", "PORT=8010")

    asked = [line for line in notes.read_text().splitlines() if not line.startswith("-c ")]
    install = "-m pip install --disable-pip-version-check --no-input --quiet --require-hashes -r "
    run = "manage.py up --port 8010"
    lock = f"{install}{tree / 'requirements.txt'}"
    assert asked == [lock, run, run, lock, run]


def test_make_test_installs_the_development_lock_and_runs_the_suite(
    tree: Path, notes: Path
) -> None:
    make(tree, "test", "ARGS=-k flow")

    asked = [line for line in notes.read_text().splitlines() if not line.startswith("-c ")]
    installed, downloaded, ran = asked
    assert installed.endswith(f"--require-hashes -r {tree / 'tests' / 'requirements.txt'}")
    assert downloaded.startswith("-m pip download ")
    assert downloaded.endswith(f" -r {tree / 'tests' / 'binaries.txt'}")
    assert ran == "-m pytest -n 2 --dist loadfile -k flow"


def test_a_failed_installation_is_tried_again(tree: Path, notes: Path) -> None:
    python = tree / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\n[ "$1" != -m ]\n')

    told = make(tree, "run")

    assert "The packages of requirements.txt could not be installed" in told.stderr
    assert list((tree / ".venv").glob("installed-*")) == []


def test_an_unknown_word_is_told_with_the_known_ones() -> None:
    with pytest.raises(SystemExit, match=r"Say what to do: .* run .* test.* bench or install"):
        bootstrap.main(["walk"])


def test_a_venv_that_does_not_work_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(tmp_path / "gone")
    python = tmp_path / "python3"
    python.write_text(NOTING_PYTHON.format(notes=tmp_path / "notes"))
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(bootstrap, "VENV", venv)
    monkeypatch.setattr(bootstrap, "PYTHON", venv / "bin" / "python")

    bootstrap.make_venv()

    assert (tmp_path / "notes").read_text() == f"-m venv --clear {venv}\n"
