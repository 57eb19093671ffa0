"""What a person reads once the first page answers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

_WITHOUT = "  Staff sign in here without a second factor; in production they need one."
_WITH = "  Staff need a second factor; who has none yet sets it up after the password."
_COLUMNS = ("name", "role", "email", "password")


def text(*, portal: str, apple: str, var: Path, staff_mfa: str) -> str:
    """The addresses, the sandbox's accounts, and where to look further.

    `staff_mfa` is the setting STAFF_MFA.
    """
    return "\n".join(
        [
            "",
            f"  Push certificate portal   {portal.removesuffix('/')}/",
            f"  Stand-in for Apple        {apple}   (any Apple Account will do)",
            "",
            *_table(accounts(var)),
            _WITHOUT if staff_mfa.lower() == "off" else _WITH,
            "",
            f"  Mail   {var / 'mail'}",
            f"  Logs   {var / 'log'}",
            "  Stop   Ctrl-C",
            "",
        ]
    )


def accounts(var: Path) -> list[dict[str, str]]:
    """The sandbox's accounts, as `manage.py sandbox prepare` wrote them down."""
    path = var / "sandbox" / "accounts.json"
    return list(json.loads(path.read_text())) if path.exists() else []


def _table(rows: Sequence[Mapping[str, str]]) -> list[str]:
    if not rows:
        return []
    titles = {name: name for name in _COLUMNS}
    widths = {name: max(len(row.get(name, "")) for row in (titles, *rows)) for name in _COLUMNS}
    lines = [
        "  " + "   ".join(row.get(name, "").ljust(widths[name]) for name in _COLUMNS).rstrip()
        for row in (titles, *rows)
    ]
    return [*lines, ""]
