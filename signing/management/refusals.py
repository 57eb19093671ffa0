"""Refusals become one sentence on the terminal, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from onboarding import errors


@contextmanager
def as_sentences() -> Iterator[None]:
    try:
        yield
    except (errors.PortalError, ImproperlyConfigured) as error:
        raise CommandError(str(error)) from error
