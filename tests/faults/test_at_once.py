"""One CSR, approved by a hundred clicks and brought by a hundred messages, all at once."""

from contextlib import ExitStack
from itertools import cycle

import pytest

from tests.faults import form, table, told
from tests.faults.desk_facts import READERS
from tests.faults.guards import Guard
from tests.faults.office import Office
from tests.faults.stage import Stage
from tests.faults.supervised import Supervised
from tests.run.instance import wait_until

AT_ONCE = 100
CSRS = form.choose(short=2, full=20)
SIGNERS = form.choose(short=2, full=3)
STUCK_SECONDS = 60

# So long that every signer has its message while the first one still signs.
SLOWLY = {told.SLOW: "0.3"}

pytestmark = pytest.mark.timeout(form.TIMEOUT_SECONDS)


def test_a_hundred_approvals_and_redeliveries_of_a_csr_are_one(
    stage: Stage, office: Office
) -> None:
    stage.have("worker")
    ids = office.do("submit", count=CSRS)
    # One approval is enough for each second CSR, two are for the others.
    needed = dict(zip(ids, cycle((1, 2)), strict=False))
    taken = {}

    with ExitStack() as stack:
        for signer in [
            stack.enter_context(Supervised(stage, f"signer{n}", settings=SLOWLY))
            for n in range(SIGNERS)
        ]:
            signer.wait()
        for csr in ids:
            answers = office.do(
                "approve_at_once", id=csr, times=AT_ONCE, needed=needed[csr], off=False
            )
            taken[csr] = answers.get("taken", 0)
            office.do("nudge", times=AT_ONCE)
            wait_until(
                lambda: not stage.ledger.count(ids, "approved") and not stage.ledger.unsent(ids),
                seconds=STUCK_SECONDS,
            )
    # What was redelivered late is done, too.
    stage.drop("worker")

    faults = stage.ledger.faults(ids, readers=READERS)
    sent = stage.ledger.mails_sent(ids)
    table.show(
        f"At once: {CSRS} CSRs, {AT_ONCE} approvals and {AT_ONCE} redeliveries of each,"
        f" {SIGNERS} signers",
        {
            "approvals needed": sum(needed.values()),
            "approvals taken": sum(taken.values()),
            "Events of an approval": stage.ledger.events(ids, "approve"),
            "Events of a signature": stage.ledger.events(ids, "record_signature"),
            "mails sent, to each reader": len(sent) / READERS,
            **faults,
        },
    )
    assert taken == needed
    assert stage.ledger.events(ids, "approve") == sum(needed.values())
    assert stage.ledger.events(ids, "record_signature") == CSRS
    assert {csr: sent.count(csr) for csr in ids} == dict.fromkeys(ids, READERS)
    assert not any(faults.values()), faults


def test_without_their_lock_several_approvals_are_taken(stage: Stage, office: Office) -> None:
    """The control."""
    (csr,) = office.do("submit", count=1)

    answers = office.do("approve_at_once", id=csr, times=AT_ONCE, needed=1, off=True)

    office.do("withdraw", ids=[csr])
    events = stage.ledger.events([csr], "approve")
    table.show(
        f"At once, control: {AT_ONCE} approvals of one CSR without their lock",
        {"approvals taken": answers["taken"], "Events of an approval": events},
    )
    assert events > 1


def test_without_compare_and_set_redeliveries_write_several_results(
    stage: Stage, office: Office
) -> None:
    """The control."""
    (csr,) = office.do("submit", count=1)
    with ExitStack() as stack:
        for signer in [
            stack.enter_context(
                Supervised(stage, f"unguarded{n}", off=[Guard.COMPARE_AND_SET], settings=SLOWLY)
            )
            for n in range(2)
        ]:
            signer.wait()
        office.do("approve", ids=[csr])
        office.do("nudge", times=AT_ONCE)
        wait_until(lambda: stage.ledger.count([csr], "signed") == 1)

    faults = stage.ledger.faults([csr], readers=READERS)
    table.show(
        f"At once, control: {AT_ONCE} redeliveries to 2 signers without compare-and-set",
        {"Events of a signature": stage.ledger.events([csr], "record_signature"), **faults},
    )
    assert faults["with two results"]
