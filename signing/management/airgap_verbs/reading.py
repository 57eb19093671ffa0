"""The file that a verb was given, open and known to be whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import CommandError

from onboarding import errors
from signing.airgap import opening
from signing.airgap.carried import Carried, Kind


@contextmanager
def of(path: Path, *, wanted: Kind) -> Iterator[Carried]:
    """Raises CommandError that names the file and says what it is instead."""
    try:
        with path.open("rb") as file:
            if not file.seekable():
                raise CommandError(f"{path} is no file but a pipe; it must be read twice.")
            yield opening.opened(file, wanted=wanted)
    except errors.InvalidSigningFile as error:
        raise CommandError(f"{path}: {error}") from error
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
