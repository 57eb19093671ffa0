"""A comparison goes page by page, from any place on its way, and takes little at a time."""

import tracemalloc
from uuid import uuid4

import pytest
from django.utils import timezone

from onboarding import storage, store
from onboarding.models import CSR, PushCertificate
from onboarding.store import orphans, part
from tests.store.conftest import find, old_file
from tests.stores import path


def bench() -> store.Bench:
    return store.Bench.current(now=timezone.now())


@pytest.fixture
def withdrawn(whole: PushCertificate) -> list[CSR]:
    """Sixty signed CSRs more; the signature of every tenth was changed."""
    columns = {field.attname: getattr(whole.csr, field.attname) for field in CSR._meta.fields}
    columns |= {"state": CSR.State.WITHDRAWN, "sealed_key": "", "upload": ""}
    return CSR.objects.bulk_create(
        CSR(**{**columns, "id": uuid4()} | ({"signature": b"\0" * 256} if at % 10 == 0 else {}))
        for at in range(60)
    )


def test_each_row_is_looked_at_once_on_any_number_of_pages(
    withdrawn: list[CSR], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = [one.about for one in find()]

    monkeypatch.setattr(part, "ROWS", 7)
    in_sevens = [one.about for one in find()]

    assert len(at_once) == 60 + 6
    assert in_sevens == at_once


def test_it_goes_on_after_any_page(withdrawn: list[CSR], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "ROWS", 20)
    whole_way = list(store.pages(bench()))

    for count, (_, there) in enumerate(whole_way[:-1], 1):
        assert there is not None
        rest = list(store.pages(bench(), start=there))
        assert [page for page, _ in rest] == [page for page, _ in whole_way[count:]]

    assert whole_way[-1][1] is None


def test_files_come_in_pages_too(whole: PushCertificate, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        old_file(storage.UPLOADS, b"%d" % number)
    at_once = [one.about for one in find()]

    monkeypatch.setattr(orphans, "_NAMES", 4)
    monkeypatch.setattr(orphans, "_UNKNOWN", 3)

    assert len(at_once) == 30
    assert [one.about for one in find()] == at_once


def test_memory_does_not_grow_with_the_files(whole: PushCertificate) -> None:
    folders = [path(f"{storage.UPLOADS}/{number:02x}") for number in range(256)]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    taken = []

    for count in (1, 20):
        for folder in folders:
            for number in range(count):
                (folder / f"{number:064}").touch()
        tracemalloc.start()
        names = sum(1 for _ in storage.names(storage.UPLOADS))
        taken.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert names == 256 * count + 2

    # The names alone would take 600 kB.
    assert taken[1] < taken[0] + 50_000


def test_a_later_page_does_not_count_what_was_counted(withdrawn: list[CSR]) -> None:
    tally = store.Tally()
    for page, _ in store.pages(bench()):
        tally.add(page)

    # Whole one's CSR and the sixty, and Eve's.
    assert tally.checked["signed requests"] == 62
    assert tally.differences == 66
    assert len(tally.sentences) == 66


def test_a_row_keeps_the_first_sentences_and_the_number_of_all(
    withdrawn: list[CSR], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onboarding.store.tally.MOST_SENTENCES", 5)
    tally = store.Tally()

    for page, _ in store.pages(bench()):
        tally.add(page)

    assert (len(tally.sentences), tally.differences) == (5, 66)
