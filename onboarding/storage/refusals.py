"""What a storage says when it cannot, told as one error that is worth a second try."""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from onboarding import errors, printable
from onboarding.errors import gettext_noop

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

logger = logging.getLogger(__name__)


@contextmanager
def told(what: str) -> Iterator[None]:
    """StorageUnavailable in place of an OSError, with a sentence that a customer may read.

    `what` could not be done: for the log, without a full stop.
    """
    try:
        yield
    except OSError as error:
        logger.warning("%s", printable.escaped(f"{what}: {error}"))
        raise errors.StorageUnavailable(
            gettext_noop(
                "%(reason)s So this was not done, and nothing was changed. Try again in a few"
                " minutes; if it stays so, tell your vendor."
            ),
            reason=errors.Text(_why(error)),
        ) from error


def _why(error: OSError) -> str:
    if error.errno in _FULL:
        return gettext_noop("The portal's file storage is full at the moment.")
    if error.errno in _READ_ONLY:
        return gettext_noop("The portal's file storage refuses access at the moment.")
    if isinstance(error, TimeoutError):
        return gettext_noop("The portal's file storage does not answer in time at the moment.")
    return gettext_noop("The portal's file storage cannot be reached at the moment.")
