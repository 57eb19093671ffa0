"""What the database says of the CSRs of a test, in plain SQL, beside the product's own code."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

# Every result that was committed, the second and the changed one too.
_WATCH = """
CREATE TABLE results (csr_id uuid NOT NULL, signature bytea NOT NULL);
CREATE FUNCTION note_result() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO results VALUES (NEW.id, NEW.signature); RETURN NEW; END $$;
CREATE TRIGGER note_result AFTER UPDATE OF signature ON onboarding_csr FOR EACH ROW
  WHEN (NEW.signature IS NOT NULL) EXECUTE FUNCTION note_result();
"""
_IS_SIGNED = "csr.state = 'signed'"
_RESULTS = "(SELECT count(*) FROM results WHERE csr_id = csr.id)"
_EVENTS = """(SELECT count(*) FROM onboarding_event AS event
  WHERE event.csr_id = csr.id AND event.verb = 'record_signature')"""
_RIGHT_EVENTS = """(SELECT count(*) FROM onboarding_event AS event
  WHERE event.csr_id = csr.id AND event.verb = 'record_signature'
  AND event.facts->>'push_request_sha256' = csr.push_request_sha256)"""
_MAILS = """(SELECT count(*) FROM onboarding_mail AS mail
  WHERE mail.csr_id = csr.id AND mail.kind = 'ready')"""
_READERS = """(SELECT count(DISTINCT lower(mail.recipient)) FROM onboarding_mail AS mail
  WHERE mail.csr_id = csr.id AND mail.kind = 'ready')"""
# Each a count of CSRs; 0 is right.
_FAULTS = {
    "not signed": f"NOT {_IS_SIGNED}",
    "with two results": f"{_RESULTS} > 1 OR {_EVENTS} > 1",
    "signed without its Event": f"{_IS_SIGNED} AND {_RIGHT_EVENTS} <> 1",
    "with an Event or a mail of no result": f"NOT {_IS_SIGNED} AND ({_EVENTS} + {_MAILS} > 0)",
    "signed without one mail per reader": (
        f"{_IS_SIGNED} AND ({_MAILS} <> %(readers)s OR {_READERS} <> %(readers)s)"
    ),
}
_WAITED = """
SELECT max(extract(epoch FROM signed.at - approved.at))::float8
FROM onboarding_event AS signed JOIN onboarding_event AS approved USING (csr_id)
WHERE signed.verb = 'record_signature' AND approved.verb = 'approve' AND csr_id = ANY(%s)
"""
_REFUSE = """
CREATE FUNCTION {refusal}() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'refused by a trigger of the test'; END $$;
CREATE TRIGGER refusal BEFORE INSERT ON {table} FOR EACH ROW WHEN (NEW.csr_id = {id})
  EXECUTE FUNCTION {refusal}();
"""
# What Django writes after each.
_BETWEEN_MAILS = b"-" * 79 + b"\n"
_READY_SUBJECT = b"Subject: Ready for Apple"
_CSR_IN_MAIL = re.compile(rb"/csrs/([0-9a-f-]{36})/")


class Ledger:
    """Reads on a connection of its own, made for each question: the server may come and go."""

    def __init__(self, url: str, *, mails: Path) -> None:
        self._url = url
        self._mails = mails

    def open(self) -> None:
        """Begin to note each committed result."""
        with self._connection() as connection:
            connection.execute(_WATCH)

    def faults(self, ids: Sequence[str], *, readers: int) -> dict[str, int]:
        """How many of these CSRs are not as they must be, by what is wrong."""
        counts = ", ".join(f"count(*) FILTER (WHERE {fault})" for fault in _FAULTS.values())
        row = self._row(
            f"SELECT {counts} FROM onboarding_csr AS csr"  # noqa: S608 - our own words, see above
            " WHERE csr.id = ANY(%(ids)s)",
            {"ids": ids, "readers": readers},
        )
        return dict(zip(_FAULTS, row, strict=True))

    def count(self, ids: Sequence[str], state: str) -> int:
        found = self._row(
            "SELECT count(*) FROM onboarding_csr WHERE state = %s AND id = ANY(%s)", [state, ids]
        )
        return int(found[0])

    def events(self, ids: Sequence[str], verb: str) -> int:
        found = self._row(
            "SELECT count(*) FROM onboarding_event WHERE verb = %s AND csr_id = ANY(%s)",
            [verb, ids],
        )
        return int(found[0])

    def longest_wait(self, ids: Sequence[str]) -> float:
        """Seconds from approval to signature."""
        return float(self._row(_WAITED, [ids])[0] or 0.0)

    def unsent(self, ids: Sequence[str]) -> int:
        found = self._row(
            "SELECT count(*) FROM onboarding_mail WHERE sent_at IS NULL AND csr_id = ANY(%s)",
            [ids],
        )
        return int(found[0])

    def mails_sent(self, ids: Sequence[str]) -> list[str]:
        """The CSR of each mail that says “Ready for Apple”, as they lie in the folder."""
        found = []
        for file in self._mails.glob("*.log"):
            # Forked processes may choose one name within a second, and then share the file.
            for mail in file.read_bytes().split(_BETWEEN_MAILS):
                if _READY_SUBJECT in mail and (about := _CSR_IN_MAIL.search(mail)):
                    found.append(about.group(1).decode())
        return [one for one in found if one in ids]

    @contextmanager
    def refused(self, id: str, *, table: str) -> Iterator[None]:  # noqa: A002 - of a CSR
        """The database takes no row about this CSR into the table, as it would after a bug."""
        names = {"table": sql.Identifier(table), "refusal": sql.Identifier(f"refuse_{table}")}
        with self._connection() as connection:
            connection.execute(sql.SQL(_REFUSE).format(**names, id=sql.Literal(id)))
        try:
            yield
        finally:
            with self._connection() as connection:
                connection.execute(sql.SQL("DROP FUNCTION {refusal} CASCADE").format(**names))

    def _row(self, statement: str, parameters: Any) -> tuple[Any, ...]:
        # Any: counts and times.
        with self._connection() as connection:
            row = connection.execute(statement, parameters).fetchone()
        assert row is not None
        return row

    def _connection(self) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(self._url, autocommit=True)
