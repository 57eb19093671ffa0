"""Where heads of the audit trail are kept: the storage of their own, or a folder of the portal's.

They are named by their number in the chain, and never written over by us; an object lock on the
storage keeps everyone else from it, too.
"""

from collections.abc import Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage, storages

from onboarding.storage import HEADS
from onboarding.storage.refusals import told

# The entry of STORAGES, there if AUDIT_STORAGE is set.
ALIAS = "audit"


def put(name: str, document: str) -> None:
    """Keep the head under `name`; one that is there already stays. Raises StorageUnavailable."""
    path = f"{HEADS}/{name}"
    with told(f"The head {name} could not be kept"):
        if not _storage().exists(path):
            _storage().save(path, ContentFile(document.encode("ascii")))


def names() -> list[str]:
    """All that are kept, the oldest first. Raises StorageUnavailable."""
    with told("The heads of the audit trail could not be listed"):
        try:
            _, files = _storage().listdir(HEADS)
        except FileNotFoundError:
            return []
        return sorted(files)


def documents(chosen: list[str]) -> Iterator[tuple[str, str]]:
    """Each name with its content, as far as it is text. Raises StorageUnavailable."""
    for name in chosen:
        with told(f"The head {name} could not be read"), _storage().open(f"{HEADS}/{name}") as file:
            content: bytes = file.read()
        yield name, content.decode("ascii", "replace")


def _storage() -> Storage:
    return storages[ALIAS] if ALIAS in storages.backends else default_storage
