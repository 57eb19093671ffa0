"""A verification of the audit trail as a person runs it, part by part.

The database is under suspicion: what its owner made unreadable, or refuses to keep, must hide
nothing of what the other parts found.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.core.management.base import CommandError
from django.db import DatabaseError, transaction

from onboarding import errors, lifecycle, printable
from onboarding.audit import comparing, guards
from onboarding.audit.verification import Walk
from onboarding.lifecycle import Actor
from onboarding.models import AuditVerification, EventSeal, UnsealedEvent

# The exit status; argparse's own 2 fits, for then nothing was verified either.
BENT, NOT_VERIFIED = 1, 2
# As every command after Ctrl-C.
STOPPED = 130


@dataclass(slots=True)
class Run:
    """What was found, and why what could not be done was not.

    `documents` are heads with the names by which they are told.
    """

    started_at: datetime
    documents: list[tuple[str, str]]
    walk: Walk = field(default_factory=Walk)
    # How many were compared.
    heads: int = 0
    waiting: int = 0
    failures: list[str] = field(default_factory=list)
    unguarded: str = ""
    not_kept: str = ""

    def look(self, step: Callable[[int], None]) -> None:
        """Every Event and its seal."""
        with self._apart():
            for count in self.walk.pages():
                step(count)

    def read_storage(self) -> None:
        with self._apart():
            # One by one: those before one that cannot be read are compared.
            for one in comparing.from_storage(self.walk):
                self.documents.append(one)

    def compare(self, public_keys: list[str]) -> None:
        with self._apart():
            self.heads = comparing.compare(self.walk, self.documents, public_keys=public_keys)

    def finish(self) -> None:
        with self._apart():
            self.walk.finish()
        with self._apart():
            self.waiting = UnsealedEvent.objects.count()
        with self._apart():
            self.unguarded = guards.trouble()

    def keep(self) -> None:
        """A row and an Event as of a nightly run, so that staff see it and alarms follow it."""
        if self.failures and not self.walk.found:
            # As the last one it would end an alarm, and it saw only a part.
            return
        try:
            self._keep()
        except Exception as error:  # noqa: BLE001 - the exit status must be that of the findings
            self.not_kept = (
                "This verification could not be kept, so that staff are not told of it by an"
                f" alarm: {reason(error)}."
            )

    def judge(self) -> None:
        """Raise CommandError unless all was verified and kept, nothing was changed, and nothing
        can be: what the database does not guard may have been another before it was sealed."""
        beside = "".join(f" {one}" for one in (self.unguarded, self.not_kept) if one)
        if self.walk.found:
            first = f"{changed(self.walk.found)}. The first: {self.walk.findings[0].sentence}"
            raise refusal(f"{first}{self._incomplete()}{beside}", returncode=BENT)
        if self.failures:
            sentence = f"Broken off: {'; '.join(self.failures)}.{beside}"
            raise refusal(sentence, returncode=NOT_VERIFIED)
        if not self.heads:
            raise refusal(
                "Nothing was found, but no signed head was compared: if all was written anew, or"
                " the newest Events were cut off, nobody could tell. Set AUDIT_PUBLIC_KEY, or give"
                f" --key and the files of heads.{beside}",
                returncode=NOT_VERIFIED,
            )
        if beside:
            raise refusal(f"Nothing was found.{beside}", returncode=NOT_VERIFIED)

    @contextmanager
    def _apart(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever is odd there must hide nothing else
            if (why := reason(error)) not in self.failures:
                self.failures.append(why)

    @transaction.atomic
    def _keep(self) -> None:
        row = AuditVerification.objects.create(
            started_at=self.started_at,
            after=self.walk.after,
            findings=[one.as_json() for one in self.walk.findings],
            found=self.walk.found,
            heads=self.heads,
        )
        lifecycle.verify_audit(row, by=Actor.operator())
        if row.finished_at is None:
            # A trigger took the row away again, so the verb had nothing to do.
            raise DatabaseError("the row was not there any more")

    def _incomplete(self) -> str:
        return f" Not all could be verified: {'; '.join(self.failures)}." if self.failures else ""


def length() -> int | None:
    """How many Events are sealed; None if that cannot be read."""
    try:
        last = EventSeal.objects.order_by("-seq").values_list("seq", flat=True).first()
    except DatabaseError:
        return None
    return last or 0


def changed(count: int) -> str:
    return "1 place was changed" if count == 1 else f"{count:,} places were changed"


def reason(error: Exception) -> str:
    """Why a part could not be done, without a full stop."""
    if isinstance(error, errors.StorageUnavailable):
        return f"the file storage cannot be used now ({error.__cause__})"
    if isinstance(error, errors.PortalError):
        return error.sentence.removesuffix(".")
    if isinstance(error, DatabaseError):
        return f"the database cannot be used ({error})"
    return f"something unforeseen came up ({type(error).__name__}: {error})"


def refusal(sentence: str, *, returncode: int) -> CommandError:
    """The end of the command; its words may come from the database, or be the name of a file."""
    return CommandError(printable.escaped(sentence), returncode=returncode)
