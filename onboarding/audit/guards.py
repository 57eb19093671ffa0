"""The triggers by which the database refuses to change Events and seals, and whether they are on.

They keep no owner of the database out, who can take them away and put them back; but one that is
gone was taken away by somebody, or got lost with a copy of the database.
"""

from django.db import connection

_TABLES = ("onboarding_event", "onboarding_eventseal")
_NAMES = {
    "sqlite": ("refuses_update", "refuses_delete", "refuses_replace"),
    "postgresql": ("refuses", "refuses_truncate"),
}
_ON = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
    # D is switched off, and R is on for what a replica takes over alone.
    "postgresql": (
        "SELECT tgname FROM pg_trigger"
        " WHERE tgrelid = to_regclass(%s) AND tgenabled IN ('O', 'A') AND NOT tgisinternal"
    ),
}


def trouble() -> str:
    """A sentence that names the guards that are gone or switched off; empty if there are none."""
    missing = [name for table in _TABLES for name in _missing(table)]
    if not missing:
        return ""
    return (
        "The database does not refuse to change or delete what is in the audit trail: of its"
        f" triggers {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} gone or switched"
        " off, so that an Event could be changed before it is sealed, and nobody could tell. Find"
        " out who had access to the database, and put them back; their statements are in the"
        " migrations 0002, 0024 and 0043."
    )


def _missing(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_ON[connection.vendor], [table])
        on = {name for (name,) in cursor.fetchall()}
    return [name for part in _NAMES[connection.vendor] if (name := f"{table}_{part}") not in on]
