"""Imports as they run: begun, judged by the dry run, and carried out."""

from onboarding import lifecycle, tasks
from onboarding.importing import reading
from onboarding.importing.folder import Folder
from onboarding.lifecycle import Actor
from onboarding.models import CustomerImport, ImportRow, User

CSV = "Name;Country;Apple Account;Contacts;Certificate\n"


def begun(text: str, files: dict[str, bytes], by: User) -> CustomerImport:
    read = reading.read(text.encode(), Folder(files))
    return lifecycle.begin_import(
        name="a.csv", rows=read.rows, remarks=read.remarks, by=Actor.of(by)
    )


def judged(text: str, files: dict[str, bytes], by: User) -> list[ImportRow]:
    started = begun(text, files, by)
    tasks.import_customers(started.pk)
    return list(started.rows.order_by("line"))


def carried_out(text: str, files: dict[str, bytes], by: User) -> CustomerImport:
    started = begun(text, files, by)
    tasks.import_customers(started.pk)
    lifecycle.carry_out_import(started, by=Actor.of(by))
    tasks.import_customers(started.pk)
    started.refresh_from_db()
    return started


def actions(started: CustomerImport) -> list[str]:
    return list(started.rows.order_by("line").values_list("outcome", flat=True))
