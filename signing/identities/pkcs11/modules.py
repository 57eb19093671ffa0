"""PKCS#11 modules, each initialised once in a process, and anew in each child of it.

What was opened before a fork is the parent's. A module that has seen one may share its connection
to the token between both, so it is closed before the fork; and should one have gone unseen, the
process id tells.
"""

import logging
import os
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pkcs11

from onboarding import errors

if TYPE_CHECKING:
    from pkcs11._pkcs11 import lib as Binding

# Each time costs the other identities of the module their login.
_FRESH = timedelta(minutes=1)

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Module:
    """An initialised module. `sessions` by slot: a login counts for the process, not a session."""

    path: Path
    binding: "Binding"
    since: float = field(default_factory=time.monotonic)
    pid: int = field(default_factory=os.getpid)
    sessions: dict[int, pkcs11.Session] = field(default_factory=dict)

    @property
    def is_current(self) -> bool:
        """False when it was closed or is a parent's: its handles may denote other objects now."""
        return _modules.get(self.path) is self and self.pid == os.getpid()


_modules: dict[Path, Module] = {}


def current(path: Path) -> Module:
    """The module, initialised by this process. Raises InvalidIdentity."""
    held = _modules.get(path)
    if held and held.is_current:
        return held
    close(path)
    _modules[path] = Module(path, _initialised(path))
    return _modules[path]


def close(path: Path) -> None:
    """Whatever was open there is void from now on."""
    held = _modules.pop(path, None)
    if held is None:
        return
    try:
        held.binding.finalize()
    except pkcs11.PKCS11Error as error:
        # Somebody else did it, or the module knows that this is a child.
        logger.info("The PKCS#11 module %s was closed already: %s", path, named(error))


def close_stale(path: Path) -> None:
    """Unless it was initialised just now, and serves other identities."""
    held = _modules.get(path)
    if held and (not held.sessions or time.monotonic() - held.since > _FRESH.total_seconds()):
        close(path)


def close_all() -> None:
    for path in list(_modules):
        close(path)


os.register_at_fork(before=close_all)


def named(error: pkcs11.PKCS11Error) -> str:
    """What the module answered: the name of its error, as DeviceRemoved."""
    said = str(error)
    return f"{type(error).__name__} ({said})" if said else type(error).__name__


def _initialised(path: Path) -> "Binding":
    if not path.is_file():
        raise errors.InvalidIdentity(
            f"There is no PKCS#11 module at {path}. Install the token's software, and name its"
            " library with module-path= in SIGNING_IDENTITY."
        )
    try:
        return pkcs11.lib(str(path))
    except pkcs11.PKCS11Error as error:
        raise errors.InvalidIdentity(
            f"The PKCS#11 module {path} cannot be used: {named(error)}."
        ) from error
