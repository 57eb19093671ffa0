"""An import goes on row by row: each with the place reached in one transaction, so that it can
stop anywhere and two at once do nothing twice."""

import logging
import time
from collections.abc import Callable, Iterator

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, connection, transaction

from onboarding import errors, lifecycle, spreadsheet, storage
from onboarding.importing.judging import Judgement, judge
from onboarding.importing.table import TITLES
from onboarding.lifecycle import Actor, taking_in
from onboarding.models import Customer, CustomerImport, ImportRow

State = CustomerImport.State
Action = ImportRow.Action
_PAGE = 50
_LOOKED_AGAIN = 0.1

logger = logging.getLogger(__name__)


def go_on(started: CustomerImport, *, by: Actor) -> Iterator[ImportRow]:
    """Judge or carry out the rows that are left, each given once it is done with; then the end."""
    started.refresh_from_db()
    if started.state == State.JUDGING:
        yield from _over(started, _forecast)
        lifecycle.end_dry_run(started, by=by)
    elif started.state == State.RUNNING:
        yield from _over(started, _carry_out)
        lifecycle.end_import(started, report=_report(started), by=by)


def _over(
    started: CustomerImport, treat: Callable[[CustomerImport, ImportRow], None]
) -> Iterator[ImportRow]:
    while rows := list(
        started.rows.filter(line__gt=started.at_line).select_related("of").order_by("line")[:_PAGE]
    ):
        for row in rows:
            began = time.monotonic()
            _one(started, row, treat)
            _give_way(time.monotonic() - began)
            yield row


def _give_way(seconds: float) -> None:
    """SQLite has one writer at a time, and whoever waits looks again after up to 100 ms: they would
    find it taken by the next row for as long as there are any."""
    if connection.vendor == "sqlite":
        time.sleep(min(seconds, _LOOKED_AGAIN))


def _one(
    started: CustomerImport,
    row: ImportRow,
    treat: Callable[[CustomerImport, ImportRow], None],
) -> None:
    with transaction.atomic():
        here = CustomerImport.objects.filter(
            pk=started.pk, state=started.state, at_line=started.at_line
        )
        if not here.update(at_line=row.line, done=started.done + 1):
            raise errors.WrongState("This import has moved on.")
        try:
            with transaction.atomic():
                treat(started, row)
        except (DatabaseError, SoftTimeLimitExceeded):
            raise
        except Exception as error:
            # Nobody foresaw it, so it is told of this row, and the others go on.
            logger.exception("%s could not be treated.", row)
            _refuse(row, started, f"It could not be treated ({type(error).__name__}); see the log.")
    started.at_line, started.done = row.line, started.done + 1


def _refuse(row: ImportRow, started: CustomerImport, sentence: str) -> None:
    row.refresh_from_db()
    row.sentence, row.column = sentence, ""
    if started.state == State.RUNNING:
        row.outcome = Action.REFUSE
    else:
        row.action = Action.REFUSE
    row.save()


def _forecast(_started: CustomerImport, row: ImportRow) -> None:
    if row.action:
        return
    _note(row, judge(row))


def _note(row: ImportRow, judgement: Judgement) -> None:
    row.action, row.column, row.sentence = (
        judgement.action,
        judgement.column,
        judgement.sentence,
    )
    row.save(update_fields=["action", "column", "sentence"])


def _carry_out(started: CustomerImport, row: ImportRow) -> None:
    if row.action == Action.REFUSE:
        row.outcome = Action.REFUSE
    else:
        row.outcome, row.customer = _taken_in(started, row)
    row.save(update_fields=["outcome", "customer", "column", "sentence"])


def _taken_in(started: CustomerImport, row: ImportRow) -> tuple[Action, Customer | None]:
    """What became of the row, judged anew: the world has moved since the dry run."""
    judgement = judge(row)
    by = Actor.of(started.started_by) if started.started_by else Actor.operator()
    if judgement.action in {Action.REFUSE, Action.SKIP}:
        row.column, row.sentence = judgement.column, judgement.sentence
        return judgement.action, judgement.customer
    try:
        with transaction.atomic():
            customer = _deed(row, judgement, by)
    except errors.PortalError as error:
        row.column, row.sentence = "", error.sentence
        return Action.REFUSE, None
    row.sentence = judgement.sentence
    return judgement.action, customer


def _deed(row: ImportRow, judgement: Judgement, by: Actor) -> Customer:
    customer = judgement.customer
    if customer is None:
        customer = taking_in.take_customer(
            name=judgement.name,
            country=judgement.country,
            apple_account=judgement.apple_account,
            contacts=judgement.contacts,
            by=by,
        )
    else:
        taking_in.fill_customer(
            customer,
            apple_account=judgement.apple_account,
            contacts=judgement.contacts,
            by=by,
        )
    if row.certificate is not None:
        account = row.values["apple_account"] or customer.apple_account
        taking_in.take_certificate(
            customer, der=bytes(row.certificate), apple_account=account, by=by
        )
    if (note := row.values["note"]) and by.user and judgement.action == Action.CREATE:
        lifecycle.write_note(customer, text=note, by=by)
    return customer


def _report(started: CustomerImport) -> str:
    """The name of the report in storage: what became of each line."""
    rows = started.rows.order_by("line").defer("certificate").iterator(chunk_size=1000)
    cells = (
        [
            row.line,
            row.values.get("name", ""),
            row.get_outcome_display(),
            TITLES.get(row.column, ""),
            row.sentence,
        ]
        for row in rows
    )
    head = [["Line", "Name", "What became of it", "Column", "Why"]]
    told = "".join(spreadsheet.lines([*head, *cells]))
    return storage.put(storage.REPORTS, told.encode())
