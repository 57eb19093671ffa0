"""An import begins with a dry run, is carried out or called off, and ends with its report."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from onboarding import errors, queue
from onboarding.lifecycle.actor import Actor, demand_process
from onboarding.lifecycle.taking_in import demand_importer
from onboarding.lifecycle.transition import record
from onboarding.models import CustomerImport, ImportRow

State = CustomerImport.State
_AT_ONCE = 1000


@transaction.atomic
def begin_import(
    *, name: str, rows: Iterable[ImportRow], remarks: Sequence[str], by: Actor
) -> CustomerImport:
    """A new import with its rows, in JUDGING; once committed the worker begins the dry run."""
    demand_importer(by)
    started = CustomerImport.objects.create(
        name=name,
        started_by=by.user,
        started_by_name=by.name,
        started_at=timezone.now(),
        total=0,
        remarks=list(remarks),
    )
    kept = []
    for row in rows:
        row.of = started
        kept.append(row)
    ImportRow.objects.bulk_create(kept, batch_size=_AT_ONCE)
    CustomerImport.objects.filter(pk=started.pk).update(total=len(kept))
    started.refresh_from_db()
    record("begin_import", by=by, number=started.pk, name=name, rows=len(kept))
    queue.import_customers(started.pk)
    return started


@transaction.atomic
def carry_out_import(started: CustomerImport, *, by: Actor) -> None:
    """JUDGED → RUNNING; what it takes in is done in the name of whoever says so."""
    demand_importer(by)
    judged = CustomerImport.objects.filter(pk=started.pk, state=State.JUDGED)
    changed = judged.update(
        state=State.RUNNING, at_line=0, done=0, started_by=by.user, started_by_name=by.name
    )
    _demand(changed)
    started.refresh_from_db()
    record("carry_out_import", by=by, number=started.pk, name=started.name)
    queue.import_customers(started.pk)


@transaction.atomic
def call_off_import(started: CustomerImport, *, by: Actor) -> None:
    """→ CALLED_OFF, while it is not done; what was taken in by then stays."""
    demand_importer(by)
    open_one = CustomerImport.objects.filter(
        pk=started.pk, state__in=[State.JUDGING, State.JUDGED, State.RUNNING]
    )
    _demand(open_one.update(state=State.CALLED_OFF, finished_at=timezone.now()))
    started.refresh_from_db()
    record("call_off_import", by=by, number=started.pk, name=started.name, at=started.at_line)


@transaction.atomic
def end_dry_run(started: CustomerImport, *, by: Actor) -> None:
    """JUDGING → JUDGED, once each row has its forecast; nothing was changed, so no Event."""
    demand_process(by, Actor.worker(), Actor.operator())
    judging = CustomerImport.objects.filter(pk=started.pk, state=State.JUDGING)
    judging.update(state=State.JUDGED, at_line=0)


@transaction.atomic
def end_import(started: CustomerImport, *, report: str, by: Actor) -> None:
    """RUNNING → DONE; `report` is its name in file storage."""
    demand_process(by, Actor.worker(), Actor.operator())
    running = CustomerImport.objects.filter(pk=started.pk, state=State.RUNNING)
    if running.update(state=State.DONE, finished_at=timezone.now(), report=report):
        record("end_import", by=by, number=started.pk, name=started.name, report=report)


def _demand(changed: int) -> None:
    if not changed:
        raise errors.WrongState("This import has moved on. Nothing was changed.")
