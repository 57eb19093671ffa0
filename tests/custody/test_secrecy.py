"""The passphrase appears nowhere once it was typed: every place is looked through."""

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core import serializers
from django.core.signals import got_request_exception
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.views.debug import ExceptionReporter

from onboarding import errors, keys, lifecycle, queue, seal, storage, tasks
from onboarding.models import Export, PushCertificate, User
from onboarding.portal.export_form import ExportForm
from tests.custody.parts import PASSPHRASE

TYPED = {"form": "pem", "passphrase": PASSPHRASE, "again": PASSPHRASE}


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """All that any logger says, down to its least word."""
    text = StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.setLevel(level)
    root.removeHandler(handler)


def asking(certificate: PushCertificate) -> str:
    return reverse("portal:export_create", args=[certificate.pk])


def dump() -> str:
    """Every row of every table, as the database has it."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables
            rows += [bytes(v) if isinstance(v, memoryview) else v for r in cursor for v in r]
    return repr(rows)


def hidden(text: str | bytes) -> bool:
    content = text.encode() if isinstance(text, str) else text
    words = (PASSPHRASE, PASSPHRASE.encode().hex(), json.dumps(PASSPHRASE)[1:-1])
    utf_16 = PASSPHRASE.encode("utf-16-be")
    return not any(one.encode() in content for one in words) and utf_16 not in content


def test_from_the_form_to_the_download_it_is_nowhere_else(
    active: PushCertificate,
    as_ada: Client,
    monkeypatch: pytest.MonkeyPatch,
    logged: StringIO,
) -> None:
    messages: list[object] = []
    monkeypatch.setattr(queue, "_nudge", lambda *message: messages.append(message))

    address = as_ada.post(asking(active), TYPED)["Location"]
    asked_for = dump()
    export = Export.objects.get()
    tasks.export(str(export.pk))
    made = dump()
    pages = as_ada.get(address).content
    contents = [storage.get(name) for folder in storage.FOLDERS for name in storage.names(folder)]
    downloaded = as_ada.post(reverse("portal:export_file", args=[export.pk])).content

    assert (queue.EXPORT, str(export.pk)) in messages
    assert len(contents) == 2, "the sealed key and the export"
    told: list[str | bytes] = [
        asked_for,
        made,
        dump(),
        pages,
        downloaded,
        repr(messages),
        logged.getvalue(),
        address,
    ]
    assert [place for place in [*told, *contents] if not hidden(place)] == []


def test_the_search_would_find_it() -> None:
    assert not hidden(f"… {PASSPHRASE} …")
    assert not hidden(PASSPHRASE.encode("utf-16-be"))


def test_a_failure_of_the_worker_tells_nothing_of_it(
    active: PushCertificate, as_ada: Client, monkeypatch: pytest.MonkeyPatch, logged: StringIO
) -> None:
    as_ada.post(asking(active), TYPED)
    export = Export.objects.get()

    def broken(*_: object, **__: object) -> bytes:
        raise errors.InvalidBundle("broken")

    monkeypatch.setattr(keys, "pem", broken)
    tasks.export(str(export.pk))

    assert Export.objects.get().state == Export.State.FAILED
    assert hidden(dump())
    assert hidden(logged.getvalue())
    assert "could not be made: broken" in logged.getvalue()


def test_an_error_report_of_the_page_does_not_show_it(
    active: PushCertificate, as_ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[str] = []

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle of it")

    def keep(sender: object, request: HttpRequest, **_: object) -> None:
        reports.append(ExceptionReporter(request, *sys.exc_info()).get_traceback_html())

    monkeypatch.setattr(lifecycle, "ask_export", broken)
    got_request_exception.connect(keep)
    try:
        with pytest.raises(RuntimeError):
            as_ada.post(asking(active), TYPED)
    finally:
        got_request_exception.disconnect(keep)

    (report,) = reports
    assert "in the middle of it" in report
    assert hidden(report)


def test_a_report_from_within_the_sealing_does_not_show_it() -> None:
    try:
        seal.passphrase(PASSPHRASE, export_id=None, custody_public_key="bm9uc2Vuc2U=")  # type: ignore[arg-type]  # it fails before
    except errors.InvalidSeal as error:
        traceback = error.__traceback__
        frames = ExceptionReporter(
            None, type(error), error, traceback.tb_next if traceback else None
        )

    assert hidden(frames.get_traceback_text())
    assert hidden(frames.get_traceback_html())


def test_the_form_shows_nothing_of_what_was_typed() -> None:
    form = ExportForm(TYPED | {"again": "something else"})

    assert not form.is_valid()
    assert hidden(repr(form))
    assert hidden(form.as_p())
    assert hidden(repr(form.errors))


def test_the_event_and_the_row_show_nothing(ready: Export, ada: User) -> None:
    rows = [ready, *ready.push_certificate.csr.events.all()]

    assert hidden(serializers.serialize("json", rows))
    assert hidden(repr(rows))
