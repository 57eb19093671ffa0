"""Storage that is full, read-only, slow or away while keys are sealed and exports are made."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from onboarding.storage.local import UNFINISHED
from pushportal.sandbox.authority import Authority
from tests.faults import form, table, told
from tests.faults.office import Office
from tests.faults.running import Running
from tests.faults.stage import PYTHON, SWEEP_AFTER, Stage
from tests.faults.vault import LocalVault, S3Vault, Vault
from tests.run.instance import wait_until

KEYS = form.choose(short=2, full=30)
EXPORTS = form.choose(short=1, full=20)
STUCK_SECONDS = 60
# Each refusal of a slow server takes seconds.
REFUSED_SECONDS = form.choose(short=60, full=400)

pytestmark = pytest.mark.timeout(form.TIMEOUT_SECONDS)
S3 = pytest.mark.needs("s3")
Fault = Callable[[Running], AbstractContextManager[None]]


@dataclass(slots=True)
class Scene:
    """A storage, a worker that uses it, and people who want something of it."""

    vault: Vault
    worker: Running
    office: Office
    refusals: Path

    def refused(self) -> int:
        return len(list(self.refusals.iterdir()))

    def sealed(self, count: int) -> list[str]:
        """So many CSRs whose keys were made."""
        csrs: list[str] = self.office.do("ask_keys", count=count)
        self.wait_until(csrs, [])
        return csrs

    def wait_until(self, csrs: list[str], exports: list[str]) -> float:
        """The seconds until all keys are sealed and all exports made."""
        began = time.monotonic()

        def are_made() -> bool:
            self.office.do("sweep")
            states = self.office.do("states", csrs=csrs, exports=exports)
            return not states.get("requested") and not states.get("asked")

        wait_until(are_made, seconds=STUCK_SECONDS, what=lambda: self.worker.said[-3000:])
        return time.monotonic() - began

    def files(self) -> list[Path]:
        return [one for one in self.vault.folder.rglob("*") if one.is_file()]


def scene(stage: Stage, vault: Vault, apple: Authority, refusals: Path) -> Scene:
    """A worker and people on this storage."""
    stage.drop("worker", "beat")
    own = {
        # As JSON, which is how an operator sets it.
        "STORAGE": json.dumps(vault.storage()),
        told.REFUSALS: str(refusals),
        "SWEEP_AFTER": SWEEP_AFTER,
    }
    command = [
        *(*PYTHON, "tests.faults.storage_worker", "-A", "pushportal", "worker", "-Q", "default"),
        *("-n", f"keeper-{uuid4()}@localhost", "--concurrency", "2"),
        *("--without-gossip", "--without-mingle", "-l", "INFO"),
    ]
    worker = stage.start("keeper-worker", "worker", command, own=own)
    desk = stage.start(
        "keeper",
        "worker",
        (*PYTHON, "tests.faults.keeper", str(apple.folder), apple.vendor_identity.as_uri()),
        own=own,
        talks=True,
    )
    worker.wait_for("ready.")
    return Scene(vault, worker, Office(desk), refusals)


def kind(file: Path) -> str:
    return "whole" if sha256(file.read_bytes()).hexdigest() == file.name else "half"


def leave(played: Scene) -> None:
    for one in (played.worker, played.office.desk):
        one.ask_to_stop()
    for one in (played.worker, played.office.desk):
        one.stop()


@pytest.fixture(scope="module")
def vault(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Vault]:
    made = LocalVault() if request.param == "folder" else S3Vault(tmp_path_factory.mktemp("s3"))
    yield made
    made.end()


@pytest.fixture(scope="module")
def played(
    stage: Stage, vault: Vault, apple: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    made = scene(stage, vault, apple, tmp_path_factory.mktemp("refusals"))
    yield made
    leave(made)


on_folder = pytest.mark.parametrize("vault", ["folder"], indirect=True, scope="module")
on_s3 = pytest.mark.parametrize(
    "vault", [pytest.param("s3", marks=S3)], indirect=True, scope="module"
)
on_each = pytest.mark.parametrize(
    "vault", ["folder", pytest.param("s3", marks=S3)], indirect=True, scope="module"
)


@pytest.mark.parametrize("fault", ["full", "read_only", "away"])
@on_each
def test_nothing_is_kept_by_halves_and_all_goes_on_by_itself(played: Scene, fault: str) -> None:
    endure(played, fault)


@on_s3
def test_a_server_slower_than_anybody_waits_is_as_good_as_none(played: Scene) -> None:
    endure(played, "slow")


@on_folder
def test_on_a_slow_disk_a_file_is_there_once_it_is_whole(played: Scene) -> None:
    """A folder has no answer to wait for: it takes its time, and so does the worker."""
    before = {*played.files()}
    sluggish = played.refusals / told.SLUGGISH
    sluggish.touch()
    csrs = played.office.do("ask_keys", count=KEYS)
    seen = Counter[str]()

    def are_made() -> bool:
        states = played.office.do("states", csrs=csrs, exports=[])
        for file in {*played.files()} - before:
            seen["unfinished" if file.suffix == UNFINISHED else kind(file)] += 1
        return not states.get("requested")

    wait_until(are_made, seconds=STUCK_SECONDS)
    sluggish.unlink()

    differences = played.office.do("compare")
    table.show(
        f"Storage slow, LocalVault: {KEYS} keys to be sealed",
        {
            "looks at an unfinished file meanwhile": seen["unfinished"],
            "looks at a whole file": seen["whole"],
            "looks at a half file": seen["half"],
            "differences afterwards": len(differences),
        },
    )
    assert seen["unfinished"]
    assert seen["half"] == 0
    assert differences == {}


def endure(played: Scene, fault: str) -> None:
    """Ask for keys and exports while the storage fails, and find all of them made afterwards."""
    failing: Fault = getattr(played.vault, fault)
    certificates = played.office.do("activate", ids=played.sealed(EXPORTS))
    before, refused = len(played.files()), played.refused()

    with failing(played.worker):
        csrs = played.office.do("ask_keys", count=KEYS)
        exports = played.office.do("ask_exports", certificates=certificates)
        wait_until(
            lambda: played.refused() - refused >= KEYS + EXPORTS,
            seconds=REFUSED_SECONDS,
            what=lambda: played.worker.said[-3000:],
        )
        during = played.office.do("states", csrs=csrs, exports=exports)
    refusals = played.refused() - refused
    left = len(played.files()) - before
    seconds = played.wait_until(csrs, exports)

    after = played.office.do("states", csrs=csrs, exports=exports)
    differences = played.office.do("compare")
    opened = played.office.do("opened", exports=exports)
    table.show(
        f"Storage {fault.replace('_', '-')}, {type(played.vault).__name__}:"
        f" {KEYS} keys to be sealed, {EXPORTS} exports to be made",
        {
            "refused writes": refusals,
            "states changed meanwhile": KEYS + EXPORTS - during["requested"] - during["asked"],
            "files left by refused writes": left,
            "all made after its end, s": seconds,
            "keys sealed": after["submitted"],
            "exports that open": opened,
            "rows that point at nothing": differences.get("missing", 0),
            "half files": differences.get("changed", 0),
            "files without a row": differences.get("orphan", 0),
        },
    )
    assert during == {"requested": KEYS, "asked": EXPORTS}
    assert left == 0
    assert after == {"submitted": KEYS, "ready": EXPORTS}
    assert opened == EXPORTS
    assert differences == {}


@on_each
def test_a_worker_that_does_not_care_leaves_rows_that_point_at_nothing(
    played: Scene,
) -> None:
    careless = played.refusals / told.CARELESS
    careless.touch()

    with played.vault.full(played.worker):
        csrs = played.office.do("ask_keys", count=KEYS)
        seconds = played.wait_until(csrs, [])

    careless.unlink()
    differences = played.office.do("compare")
    played.office.do("forget", csrs=csrs)
    table.show(
        f"Control: storage full, {type(played.vault).__name__}, worker without the guard,"
        f" {KEYS} keys",
        {
            "all made meanwhile, s": seconds,
            "rows that point at nothing": differences.get("missing", 0),
        },
    )
    assert differences == {"missing": KEYS}
