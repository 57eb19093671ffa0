"""Files through django-storages, named by their content, so that none is ever changed."""

from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from onboarding import errors

SEALED_KEYS = "sealed-keys"
UPLOADS = "uploads"


def put(folder: str, content: bytes) -> str:
    """Keep `content` and return its name; the same content twice is one file."""
    digest = sha256(content).hexdigest()
    name = f"{folder}/{digest[:2]}/{digest}"
    if default_storage.exists(name):
        if _is_intact(name):
            return name
        # Torn by a crash half-way through writing: nothing can point at it yet.
        default_storage.delete(name)
    stored = default_storage.save(name, ContentFile(content))
    if stored != name:
        # Another process wrote the same content between the look and the save.
        default_storage.delete(stored)
    return name


def get(name: str) -> bytes:
    """The content kept under `name`; DamagedRecord if it is gone or no longer the same."""
    try:
        content = _read(name)
    except FileNotFoundError as error:
        raise errors.DamagedRecord(f"The file {name} is gone from storage.") from error
    if sha256(content).hexdigest() != name.rsplit("/", 1)[-1]:
        raise errors.DamagedRecord(f"The file {name} has changed in storage.")
    return content


def _is_intact(name: str) -> bool:
    return sha256(_read(name)).hexdigest() == name.rsplit("/", 1)[-1]


def _read(name: str) -> bytes:
    with default_storage.open(name) as file:
        content: bytes = file.read()
    return content
