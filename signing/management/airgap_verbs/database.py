"""A database that cannot be used is told in a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import DatabaseError


@contextmanager
def needed() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise CommandError(
            f"The database cannot be used ({error}). This verb runs on the portal's machine, with"
            " its DATABASE_URL. What was recorded stays recorded; the same command goes on from"
            " there."
        ) from error
