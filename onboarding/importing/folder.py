"""The files beside a CSV, out of a folder or a ZIP: bounded, and never a private key."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath

from onboarding import errors, printable
from onboarding.pki import kinds

# Certificates have 2 KB; whatever is larger than an upload may be is none.
FILES, BYTES = 100_000, 256 * 1024 * 1024
_OF_SYSTEMS = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Folder:
    """`certificates` by path; `refused` says of other files what they are and why.

    `missing` says of a file that is not here where it was looked for.
    """

    certificates: Mapping[str, bytes] = field(repr=False, default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    missing: str = "is not in the folder"

    def named(self, name: str) -> list[str]:
        """The paths that a cell may mean: the whole path, or any file of that name."""
        wanted = name.replace("\\", "/").removeprefix("./")
        paths = (*self.certificates, *self.refused)
        exact = [path for path in paths if path == wanted]
        return exact or [path for path in paths if PurePosixPath(path).name == wanted]


def of_zip(data: bytes) -> Folder:
    """What the ZIP holds. Raises InvalidImport when it is none, or would unpack to too much."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > FILES:
                raise errors.InvalidImport(
                    f"The ZIP holds {len(entries):,} files; {FILES:,} are the limit."
                )
            return _sorted(_unpacked(archive, entries), missing="is not in the ZIP")
    # NotImplementedError is raised by zipfile for a method of packing that it does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise errors.InvalidImport(
            "The ZIP is damaged or of a kind that is not known here. Make it anew, without a"
            " passphrase."
        ) from error


def of_path(root: Path) -> Folder:
    """What lies in the folder and below; links are named and not followed."""
    if not root.is_dir():
        raise errors.InvalidImport(f"There is no folder {root}.")
    return _sorted(_walked(root), missing="is not in the folder")


_Found = tuple[str, bytes | str]


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> Iterator[_Found]:
    """Path and content of each file, or why it is not read."""
    left = BYTES
    for entry in entries:
        path = entry.filename.replace("\\", "/")
        if entry.is_dir() or _is_of_systems(path):
            continue
        if refusal := _refusal(entry, path):
            yield path, refusal
            continue
        # Never more than a certificate may have, whatever the entry says of itself.
        with archive.open(entry) as file:
            content = file.read(kinds.UPLOAD_LIMIT + 1)
        left -= len(content)
        if left < 0:
            raise errors.InvalidImport(
                f"The ZIP unpacks to more than {BYTES // 1024**2} MB, so it was not read."
            )
        yield path, content


def _refusal(entry: zipfile.ZipInfo, path: str) -> str:
    if path.startswith("/") or ":" in path or ".." in PurePosixPath(path).parts:
        return "Its path leads out of the ZIP, so it was not read."
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "It is a link, so it was not followed."
    if entry.flag_bits & 0x1:
        return "It is encrypted, so it could not be read."
    return ""


def _walked(root: Path) -> Iterator[_Found]:
    count, left = 0, BYTES
    for where, folders, files in os.walk(root, followlinks=False):
        folder = Path(where)
        for name in sorted([*files, *(one for one in folders if (folder / one).is_symlink())]):
            path = folder / name
            told = path.relative_to(root).as_posix()
            if _is_of_systems(told):
                continue
            count += 1
            if count > FILES:
                raise errors.InvalidImport(f"The folder holds more than {FILES:,} files.")
            if path.is_symlink():
                yield told, "It is a link, so it was not followed."
            elif not path.is_file():
                yield told, "It is no file, so it was not read."
            else:
                with path.open("rb") as file:
                    content = file.read(kinds.UPLOAD_LIMIT + 1)
                left -= len(content)
                if left < 0:
                    raise errors.InvalidImport("The folder holds more than can be read at once.")
                yield told, content


def _is_of_systems(path: str) -> bool:
    return any(part in _OF_SYSTEMS or part.startswith("._") for part in path.split("/"))


def _sorted(found: Iterator[_Found], *, missing: str) -> Folder:
    certificates: dict[str, bytes] = {}
    refused: dict[str, str] = {}
    for path, content in found:
        told = printable.escaped(path)[:200]
        if told in certificates or told in refused:
            certificates.pop(told, None)
            refused[told] = "There are two files of this name."
        elif isinstance(content, str):
            refused[told] = content
        else:
            try:
                certificates[told] = kinds.certificate_der(content)
            except errors.PrivateKeyUploaded:
                refused[told] = (
                    "It holds a private key. Nothing of it was kept; consider the key exposed, for"
                    " it has left its place."
                )
            except errors.InvalidUpload as error:
                refused[told] = error.sentence
    return Folder(certificates, refused, missing)
