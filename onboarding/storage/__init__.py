"""Files through django-storages, named by their content, so that none is ever changed.

A file is whole under its name or not there; whoever reads one compares it with its name.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from onboarding import errors
from onboarding.storage.local import UNFINISHED
from onboarding.storage.refusals import told

SEALED_KEYS = "sealed-keys"
UPLOADS = "uploads"
EXPORTS = "exports"
REPORTS = "reports"
# Files of a moment, that nothing names.
PROBES = "probes"
FOLDERS = (SEALED_KEYS, UPLOADS, EXPORTS, REPORTS, PROBES)
# Heads of the audit trail, unless they have a storage of their own: `audit verify` reads them.
HEADS = "audit-heads"
# What file systems and file servers keep for themselves at the top of what they serve.
_OF_THE_SYSTEM = ("lost+found", ".snapshot")
_OURS = re.compile(
    rf"(?P<start>[0-9a-f]{{2}})/(?P=start)[0-9a-f]{{62}}(\.[0-9a-f]{{16}}{re.escape(UNFINISHED)})?"
)


def name_of(folder: str, content: bytes) -> str:
    """The name under which `put` keeps `content`."""
    digest = sha256(content).hexdigest()
    return f"{folder}/{digest[:2]}/{digest}"


def put(folder: str, content: bytes) -> str:
    """Keep `content` and return its name; the same content twice is one file.

    Raises StorageUnavailable; then nothing is under the name that was not there before.
    """
    name = name_of(folder, content)
    with told(f"The file {name} could not be kept"):
        if _read(name) == content:
            _renew(name)
            return name
        # Torn or changed, if it is there: nothing else can be under this name than `content`.
        stored = default_storage.save(name, ContentFile(content))
        if stored == name:
            return name
        # A storage that never writes over a file has chosen another name: it was there already.
        default_storage.delete(stored)
    get(name)
    return name


def get(name: str) -> bytes:
    """The content kept under `name`; DamagedRecord if it is gone or no longer the same.

    Raises StorageUnavailable when that cannot be told now.
    """
    with told(f"The file {name} could not be read"):
        content = _read(name)
    if content is None:
        raise errors.DamagedRecord(f"The file {name} is gone from storage.")
    if sha256(content).hexdigest() != name.rsplit("/", 1)[-1]:
        raise errors.DamagedRecord(f"The file {name} has changed in storage.")
    return content


def delete(name: str) -> None:
    """Have no file under `name`, whether or not there was one. Raises StorageUnavailable."""
    with told(f"The file {name} could not be deleted"):
        default_storage.delete(name)


def exists(name: str) -> bool:
    """Whether something is kept under `name`, whole or not. Raises StorageUnavailable."""
    with told(f"The file {name} could not be looked for"):
        return default_storage.exists(name)


def kept_at(name: str) -> datetime | None:
    """When the file was last written; None if it is gone. Raises StorageUnavailable."""
    with told(f"The age of the file {name} could not be read"), suppress(FileNotFoundError):
        return default_storage.get_modified_time(name)
    return None


def names(folder: str, *, after: str = "") -> Iterator[str]:
    """All that is kept in `folder` and below, in the order of names, beginning behind `after`.

    One folder of the lowest level is in memory at a time. Raises StorageUnavailable.
    """
    for entry in _entries(folder):
        yield from _below(f"{folder}/{entry}", after)


def names_elsewhere(*, after: str = "") -> Iterator[str]:
    """As `names`, all that is kept outside of FOLDERS and HEADS: none of it was put there by us."""
    for entry in _entries(""):
        if entry.rstrip("/") not in (*FOLDERS, HEADS, *_OF_THE_SYSTEM):
            yield from _below(entry, after)


def is_ours(name: str) -> bool:
    """Whether `put` could have made this name, of a whole file or of one that was being written.

    What others keep in the portal's folders has other names, and is never ours to delete.
    """
    folder, _, rest = name.partition("/")
    return folder in FOLDERS and bool(_OURS.fullmatch(rest))


def probe() -> None:
    """Write, read and delete a small file. Raises StorageUnavailable or DamagedRecord."""
    name = put(PROBES, secrets.token_bytes(16))
    get(name)
    delete(name)


def _below(path: str, after: str) -> Iterator[str]:
    """The file itself, or all that is in the folder and behind `after`."""
    if not path.endswith("/"):
        if path > after:
            yield path
    elif path.split("/")[-2] in {"", ".", ".."}:
        # A foreign key in S3. Nobody can look into it, for its name leads elsewhere.
        if path > after:
            yield path
    elif path > after or after.startswith(path):
        yield from names(path[:-1], after=after)


def _entries(folder: str) -> list[str]:
    """What is directly in `folder`, folders with a slash at their end, in order."""
    with (
        told(f"The folder {folder or 'of all files'} could not be listed"),
        suppress(FileNotFoundError),
    ):
        folders, files = default_storage.listdir(folder)
        return sorted([*(f"{one}/" for one in folders), *files])
    return []


def _renew(name: str) -> None:
    """Make an old file young again, so that it is no orphan until its row is committed."""
    # Not written once more: a storage that is not as careful as ours could tear it.
    if hasattr(default_storage, "renew"):
        default_storage.renew(name)


def _read(name: str) -> bytes | None:
    with suppress(FileNotFoundError), default_storage.open(name) as file:
        content: bytes = file.read()
        return content
    return None
