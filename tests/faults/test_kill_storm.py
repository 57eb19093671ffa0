"""kill -9 of signers at any moment: nothing is lost, nothing has two results, nothing is stuck."""

import time
from contextlib import ExitStack

import pytest

from tests.faults import form, table
from tests.faults.desk_facts import READERS
from tests.faults.fate import Fate, Point, Victim
from tests.faults.guards import Guard
from tests.faults.office import Office
from tests.faults.stage import Stage
from tests.faults.storm import Storm
from tests.faults.supervised import Supervised
from tests.run.instance import wait_until

CSRS = form.choose(short=30, full=500)
KILLS = form.choose(short=9, full=200)
SIGNERS = 3
STUCK_SECONDS = 60
SEED = 20

# A batch takes a fifth of a second: long enough to be hit in its middle.
SLOWLY = {"SIGNING_BATCH": "10", "FAULTS_SLOW": "0.02"}

pytestmark = pytest.mark.timeout(form.TIMEOUT_SECONDS)


def test_what_is_approved_is_signed_once_whoever_is_killed(stage: Stage, office: Office) -> None:
    stage.have("worker", "beat")
    ids = office.do("submit", count=CSRS)
    waiting = list(ids)

    def approve(count: int) -> None:
        if count > len(waiting):
            # The storm takes longer than thought: there is more to sign.
            more = office.do("submit", count=count)
            ids.extend(more)
            waiting.extend(more)
        chosen, waiting[:count] = waiting[:count], []
        office.do("approve", ids=chosen)

    with ExitStack() as stack:
        signers = [
            stack.enter_context(Supervised(stage, f"signer{n}", settings=SLOWLY))
            for n in range(SIGNERS)
        ]
        storm = Storm(signers, approve=approve, seed=SEED)
        storm.rage(KILLS, csrs=CSRS)
        approve(len(waiting))
        calm = time.monotonic()
        while stage.ledger.count(ids, "approved") and time.monotonic() < calm + STUCK_SECONDS:
            for signer in signers:
                signer.tend()
            time.sleep(0.1)
        calm = time.monotonic() - calm

    faults = stage.ledger.faults(ids, readers=READERS)
    faults["not as Apple takes it"] = len(office.do("verify", ids=ids))
    waited = stage.ledger.longest_wait(ids)
    table.show(
        f"Kill storm: {len(ids)} CSRs approved, {storm.kills.total()} kills of {SIGNERS} signers",
        {
            **{f"killed {where}": count for where, count in storm.kills.items()},
            **{f"killed: {who}": count for who, count in storm.victims.items()},
            "starts of signers": sum(signer.starts for signer in signers),
            "longest from approval to signature, s": waited,
            "all signed after the storm, s": calm,
            **faults,
        },
    )
    assert storm.kills.total() >= KILLS
    assert set(storm.kills) >= set(Point)
    assert not any(faults.values()), faults
    assert waited < STUCK_SECONDS


def test_without_its_transaction_a_killed_signer_leaves_a_result_without_its_event(
    stage: Stage, office: Office
) -> None:
    """The control."""
    ids = office.do("submit", count=5)
    with Supervised(stage, "unguarded", off=[Guard.TRANSACTION], settings=SLOWLY) as signer:
        fate = Fate(1, Point.MID_RECORD, 1, Victim.BOTH)
        signer.fates.send(fate)
        office.do("approve", ids=ids)
        wait_until(lambda: signer.fates.is_met(fate))
    office.do("withdraw", ids=ids)

    faults = stage.ledger.faults(ids, readers=READERS)
    table.show("Kill storm, control: a signer without its transaction, 5 CSRs, 1 kill", faults)
    assert faults["signed without its Event"]
