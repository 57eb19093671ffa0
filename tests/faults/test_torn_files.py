"""Files torn at every offset: by a writer that is killed, a full disk, a wire that breaks.

No half file is ever under a name that a row could have, and one that was put there is never used.
"""

import logging
import os
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding import errors, keys, storage, tasks
from onboarding.models import CSR, Export, PushCertificate, User
from tests.custody.parts import exported
from tests.faults import form, table
from tests.faults.wire import Wire
from tests.servers.s3 import S3
from tests.store import local

# How many offsets the short form tries, spread over the whole file.
OFFSETS = 12
# A request of a few hundred bytes for its headers, and at most this many more.
REQUEST_LIMIT = 10_000
SETTLED_SECONDS = 10.0

pytestmark = pytest.mark.timeout(form.TIMEOUT_SECONDS)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of refusals, each logged as it must be, would hide the figures."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    return local.use(settings, tmp_path / "files")


@pytest.fixture
def sealed() -> bytes:
    """As the worker makes it."""
    _, public_key = keys.new_custody_key_pair()
    csr = CSR()
    return keys.seal(keys.new_push_key(), csr_id=csr.pk, custody_public_key=public_key)


def offsets(length: int) -> list[int]:
    step = form.choose(short=max(length // OFFSETS, 1), full=1)
    return sorted({*range(0, length, step), length - 1})


def in_a_child(act: Callable[[], object], *, room: int, on_full: Any) -> str:
    """How a process ends that has `room` bytes left. Any: what `signal` takes."""
    child = os.fork()
    if child == 0:
        # Whatever it raises, the child must not become a second run of the tests.
        try:
            signal.signal(signal.SIGXFSZ, on_full)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            act()
        except errors.StorageUnavailable:
            os._exit(1)
        finally:
            os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "kept", 1: "refused", -signal.SIGXFSZ: "killed"}.get(code, f"ended with {code}")


@pytest.mark.parametrize(
    ("cause", "on_full"), [("killed", signal.SIG_DFL), ("refused", signal.SIG_IGN)]
)
def test_a_writer_stopped_at_any_offset_leaves_nothing_under_the_name(
    folder: Path, tmp_path: Path, sealed: bytes, cause: str, on_full: Any
) -> None:
    """Any: what `signal` takes."""
    storage.put(storage.SEALED_KEYS, b"so that the folders are there")
    name = storage.name_of(storage.SEALED_KEYS, sealed)
    plain = FileSystemStorage(location=tmp_path / "plain")
    ends: Counter[str] = Counter()
    torn = torn_without = 0

    for offset in offsets(len(sealed)):
        write = lambda: storage.put(storage.SEALED_KEYS, sealed)  # noqa: E731 - a line is enough
        ends[in_a_child(write, room=offset, on_full=on_full)] += 1
        torn += (folder / name).exists()

        unguarded = lambda: plain.save(name, ContentFile(sealed))  # noqa: E731 - as above
        in_a_child(unguarded, room=offset, on_full=on_full)
        torn_without += plain.exists(name) and plain.size(name) < len(sealed)
        plain.delete(name)

    kept = storage.put(storage.SEALED_KEYS, sealed)
    left = [one for one in folder.rglob("*.unfinished") if one.is_file()]
    table.show(
        f"A writer {cause} after each of {ends.total()} offsets of a sealed key of"
        f" {len(sealed)} bytes",
        {
            **{f"writers {end}": count for end, count in ends.items()},
            "half files under the name": torn,
            "unfinished files, which nobody reads": len(left),
            "control, Django's own storage: half files": torn_without,
        },
    )
    assert set(ends) == {cause}
    assert torn == 0
    assert (len(left) == 0) == (cause == "refused")
    assert storage.get(kept) == sealed
    # The harness bites: with as much as a byte, the plain storage leaves a torn file.
    assert torn_without >= ends.total() - 1


def carelessly(name: str) -> bytes:
    """The file as one reads it who does not compare it with its name."""
    with default_storage.open(name) as file:
        content: bytes = file.read()
    return content


def tear(path: Path, content: bytes) -> Iterator[int]:
    """The file with each prefix of `content`, and at last whole again."""
    for offset in offsets(len(content)):
        path.write_bytes(content[:offset])
        yield offset
    path.write_bytes(content)


def test_a_sealed_key_torn_at_any_offset_is_never_used(
    folder: Path, active: PushCertificate
) -> None:
    path = folder / active.csr.sealed_key
    content = path.read_bytes()
    export = exported(active)
    asked = {"state": Export.State.ASKED, "sealed_passphrase": export.sealed_passphrase}
    states: Counter[str] = Counter()
    used = read_by_others = 0

    for _ in tear(path, content):
        Export.objects.filter(pk=export.pk).update(**asked, failure="")
        tasks.export(str(export.pk))
        states[Export.objects.get(pk=export.pk).state] += 1
        used += bool(list((folder / storage.EXPORTS).rglob("*/*")))
        read_by_others += carelessly(active.csr.sealed_key) != content

    Export.objects.filter(pk=export.pk).update(**asked, failure="")
    tasks.export(str(export.pk))
    table.show(
        f"A sealed key torn at each of {states.total()} offsets, and exported",
        {
            **{f"exports {state}": count for state, count in states.items()},
            "files made from half a key": used,
            "control, read without its digest: half keys": read_by_others,
        },
    )
    assert set(states) == {Export.State.FAILED}
    assert used == 0
    assert read_by_others == states.total()
    assert Export.objects.get(pk=export.pk).state == Export.State.READY


def test_an_export_torn_at_any_offset_is_never_served(
    folder: Path, active: PushCertificate, ada: User, client_of: Callable[[User], Client]
) -> None:
    export = exported(active)
    tasks.export(str(export.pk))
    export.refresh_from_db()
    path = folder / export.file
    content = path.read_bytes()
    address, as_ada = reverse("portal:export_file", args=[export.pk]), client_of(ada)
    answers: Counter[int] = Counter()
    served = read_by_others = 0

    for _ in tear(path, content):
        answer = as_ada.post(address)
        answers[answer.status_code] += 1
        served += "Content-Disposition" in answer.headers
        read_by_others += carelessly(export.file) != content

    whole = as_ada.post(address)
    table.show(
        f"An export torn at each of {answers.total()} offsets, and downloaded",
        {
            **{f"answers {status}": count for status, count in answers.items()},
            "half files served": served,
            "control, read without its digest: half files": read_by_others,
        },
    )
    assert set(answers) == {500}
    assert served == 0
    assert read_by_others == answers.total()
    # It was offered all the time, and is not used up by what went wrong.
    assert whole.content == content


@pytest.mark.needs("s3")
def test_a_wire_to_s3_that_breaks_at_any_offset_leaves_nothing_half(
    settings: Settings, tmp_path: Path, sealed: bytes
) -> None:
    s3 = S3.start(tmp_path / "s3")
    options = s3.storage()["OPTIONS"]
    port = int(options["endpoint_url"].rpartition(":")[2])
    name = storage.name_of(storage.SEALED_KEYS, sealed)
    ends: Counter[str] = Counter()
    step = form.choose(short=len(sealed) // 6, full=1)
    with Wire(port) as wire:
        entry = {
            "BACKEND": "onboarding.storage.s3.WholeObjects",
            "OPTIONS": {
                **options,
                "endpoint_url": f"http://127.0.0.1:{wire.port}",
                "client_config": {"retries": {"total_max_attempts": 1}},
            },
        }
        settings.STORAGES = {**settings.STORAGES, "default": entry}

        for offset in range(0, REQUEST_LIMIT, step):
            wire.breaks_after = offset
            # A new connection: what breaks is counted in bytes of one.
            default_storage.connection.meta.client.close()  # type: ignore[attr-defined]
            ends[_put(sealed)] += 1
            if ends["kept"]:
                break
            wire.breaks_after = None
            default_storage.connection.meta.client.close()  # type: ignore[attr-defined]
            ends[f"then {_got(name, sealed)}"] += 1

    s3.stop()
    table.show(
        f"The wire to S3 broken after each of {ends['refused']} offsets of what is sent to keep a"
        f" sealed key of {len(sealed)} bytes",
        {"wires broken": wire.broken, **dict(sorted(ends.items()))},
    )
    assert ends["kept"] == 1
    assert ends["then half of it is read"] == 0
    # Headers and body: it broke in each part of them.
    assert wire.broken == ends["refused"] > len(sealed) // step


def _put(content: bytes) -> str:
    try:
        storage.put(storage.SEALED_KEYS, content)
    except errors.StorageUnavailable:
        return "refused"
    return "kept"


def _got(name: str, content: bytes) -> str:
    deadline = time.monotonic() + SETTLED_SECONDS
    while True:
        try:
            got = storage.get(name)
        except errors.DamagedRecord as error:
            return "nothing is there" if "gone" in error.sentence else "half is there, not read"
        except errors.StorageUnavailable:
            # The server is just throwing away what it got.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return "it is there" if got == content else "half of it is read"
