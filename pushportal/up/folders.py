"""The folder of a running instance: its parts and its secrets."""

import os
import secrets
import tempfile
from pathlib import Path

from onboarding import keys

_PARTS = ("secrets", "sandbox", "run", "log", "mail", "files", "static", "broker")


def make(var: Path) -> None:
    """Make what is missing of the folder, for its owner only."""
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in _PARTS:
        (var / part).mkdir(mode=0o700, exist_ok=True)


def make_secrets(folder: Path) -> None:
    """Make the secrets that are missing; those that are there stay as they are."""
    for name in ("secret_key", "sandbox_secret_key"):
        if not (folder / name).exists():
            _write(folder / name, secrets.token_urlsafe(50))
    # The private half is written last: while it is missing, nothing was ever sealed to the pair.
    if not (folder / "custody_private_key").exists():
        private, public = keys.new_custody_key_pair()
        _write(folder / "custody_public_key", public)
        _write(folder / "custody_private_key", private)
    if not (folder / "audit_key").exists():
        private, public = keys.new_audit_key_pair()
        _write(folder / "audit_public_key", public)
        _write(folder / "audit_key", private)


def _write(path: Path, text: str) -> None:
    """Write a secret whole or not at all, readable by its owner only (mkstemp makes it 0600)."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
