"""The database restarts, loses its connections, refuses a row: a result is whole or not there."""

import random
import time
from collections import Counter
from contextlib import ExitStack
from itertools import islice

import pytest

from onboarding.models.mail import CLAIM
from tests.faults import form, table, told
from tests.faults.clicks import Busy, signed_in
from tests.faults.desk_facts import ADA, READERS, SUE
from tests.faults.guards import Guard
from tests.faults.office import Office
from tests.faults.stage import DATABASE, Stage
from tests.faults.supervised import Supervised
from tests.run.instance import wait_until

RESTARTS = form.choose(short=2, full=20)
BACKENDS = form.choose(short=20, full=200)
CSRS = form.choose(short=24, full=400)
SIGNERS = 2
# Two at a time, so that they last as long as the faults do.
APPROVE_EVERY, LOOK_EVERY = form.choose(short=0.2, full=0.5), 0.2
STUCK_SECONDS = 60
TOLD_SECONDS = STUCK_SECONDS + CLAIM.total_seconds()
SEED = 20

# A batch takes half a second, and half of that is between its results and their Events.
SLOWLY = {"SIGNING_BATCH": "3", told.SLOW: "0.1", told.LINGER: "0.3"}
# One batch, in which the rows of one CSR are refused by one table and those of another by another.
BATCH, NO_EVENT, NO_MAIL = 6, 1, 3

pytestmark = pytest.mark.timeout(form.TIMEOUT_SECONDS)


def test_a_result_is_whole_or_not_there_whatever_becomes_of_the_database(
    stage: Stage, office: Office
) -> None:
    stage.have("worker", "beat", "web")
    ids = office.do("submit", count=CSRS)
    sessions = office.do("sign_in")
    office.do("approve", ids=ids[: CSRS // 4])
    waiting, done, in_flight = iter(ids[CSRS // 4 :]), Counter[str](), list[int]()
    chance = random.Random(SEED)  # noqa: S311 - chance that can be had again

    with ExitStack() as stack:
        ada, sue = stack.enter_context(signed_in(stage.url, sessions[ADA], sessions[SUE]))
        signers = [
            stack.enter_context(Supervised(stage, f"signer{n}", settings=SLOWLY))
            for n in range(SIGNERS)
        ]
        for signer in signers:
            signer.wait()

        def look() -> None:
            ada.look(f"/csrs/{ids[0]}/")
            sue.look("/admin/onboarding/csr/")

        with (
            Busy(lambda: office.do("approve", ids=[*islice(waiting, 2)]), every=APPROVE_EVERY),
            Busy(look, every=LOOK_EVERY),
        ):
            while done["restarts"] < RESTARTS or done["backends terminated"] < BACKENDS:
                time.sleep(chance.uniform(0.2, 1))
                in_flight.append(stage.ledger.count(ids, "approved"))
                if done["restarts"] < RESTARTS and chance.random() < 0.5:
                    stage.postgresql.restart_immediately()
                    done["restarts"] += 1
                else:
                    done["backends terminated"] += stage.postgresql.terminate_backends(DATABASE)
                for signer in signers:
                    signer.tend()
        away = len(ada.errors + sue.errors)
        office.do("approve", ids=[*waiting])
        calm = time.monotonic()
        wait_until(lambda: not stage.ledger.count(ids, "approved"), seconds=STUCK_SECONDS)
        calm = time.monotonic() - calm
        look()
        unsent = stage.ledger.unsent(ids)
        if form.IS_FULL:
            # What a sender had in hand when it lost the database is free again after a while.
            wait_until(lambda: not stage.ledger.unsent(ids), seconds=TOLD_SECONDS)

    faults = stage.ledger.faults(ids, readers=READERS)
    faults["not as Apple takes it"] = len(office.do("verify", ids=ids))
    pages = ada.answers + sue.answers
    table.show(
        f"Database: {len(ids)} CSRs approved, {SIGNERS} signers",
        {
            **done,
            "in flight at a fault": f"{min(in_flight)} to {max(in_flight)}",
            "starts of signers": sum(signer.starts for signer in signers),
            "longest from approval to signature, s": stage.ledger.longest_wait(ids),
            "all signed after the last fault, s": calm,
            "mails in the hands of a sender that lost the database": unsent,
            "pages asked for": len(pages),
            "errors while the database was away": away,
            "errors afterwards": len(ada.errors + sue.errors) - away,
            **faults,
        },
    )
    assert not any(faults.values()), faults
    assert len(ada.errors + sue.errors) == away


def test_what_cannot_be_recorded_waits_alone_and_is_signed_later(
    stage: Stage, office: Office
) -> None:
    stage.have("worker", "beat")
    ids = office.do("submit", count=BATCH)
    refused = [ids[NO_EVENT], ids[NO_MAIL]]
    others = [one for one in ids if one not in refused]
    office.do("approve", ids=ids)

    with Supervised(stage, "signer") as signer:
        with (
            stage.ledger.refused(ids[NO_EVENT], table="onboarding_event"),
            stage.ledger.refused(ids[NO_MAIL], table="onboarding_mail"),
        ):
            reasons = [f"CSR {one} is signed, but that cannot be recorded" for one in refused]
            wait_until(
                lambda: all(reason in signer.running.said for reason in reasons),
                what=lambda: signer.running.said[-3000:],
            )
            meanwhile = stage.ledger.faults(refused, readers=READERS)
            waiting = stage.ledger.count(refused, "approved")
            beside = stage.ledger.faults(others, readers=READERS)
        began = time.monotonic()
        wait_until(lambda: not stage.ledger.count(ids, "approved"), seconds=STUCK_SECONDS)

    faults = stage.ledger.faults(ids, readers=READERS)
    table.show(
        f"Database: a batch of {BATCH} CSRs, the Event of one refused, the mails of another",
        {
            "refused ones that wait": waiting,
            "reasons in the signer's log": len(reasons),
            "refused ones with half a result": sum(meanwhile.values()) - meanwhile["not signed"],
            "others with any fault": sum(beside.values()),
            "signed once nothing is refused, s": time.monotonic() - began,
            **faults,
        },
    )
    assert waiting == meanwhile.pop("not signed") == len(refused)
    assert not any(meanwhile.values()), meanwhile
    assert not any(beside.values()), beside
    assert not any(faults.values()), faults


def test_without_its_transaction_a_result_is_left_without_its_event(
    stage: Stage, office: Office
) -> None:
    """The control."""
    refused, (lost,) = office.do("submit", count=BATCH), office.do("submit", count=1)
    office.do("approve", ids=refused)
    with Supervised(
        stage, "unguarded", off=[Guard.TRANSACTION], settings={told.LINGER: "1"}
    ) as signer:
        with stage.ledger.refused(refused[NO_EVENT], table="onboarding_event"):
            wait_until(lambda: "recorded singly" in signer.running.said)
        office.do("approve", ids=[lost])
        wait_until(lambda: stage.ledger.count([lost], "signed") == 1)
        stage.postgresql.terminate_backends(DATABASE)

    for title, ids in (("one Event refused", refused), ("backends terminated", [lost])):
        faults = stage.ledger.faults(ids, readers=READERS)
        table.show(
            f"Database, control: a signer without its transaction, {len(ids)} CSRs, {title}", faults
        )
        assert faults["signed without its Event"]
