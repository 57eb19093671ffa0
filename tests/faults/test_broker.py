"""The broker forgets, stops and comes back empty: no click breaks, and nothing is lost."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.faults import form, table
from tests.faults.clicks import Answer, Busy, percentile, signed_in
from tests.faults.desk_facts import ADA, READERS, SAM, SUE
from tests.faults.office import Office
from tests.faults.stage import Stage
from tests.faults.supervised import Supervised
from tests.run.instance import wait_until
from tests.servers.valkey import Valkey

FAULTS = form.choose(short=3, full=50)
# Approved and not signed when the faults begin; then about as many are approved as are signed.
IN_FLIGHT = form.choose(short=15, full=200)
CLICKS = form.choose(short=15, full=300)
DOWN_SECONDS = form.choose(short=2, full=10)
CLICK_EVERY, LOOK_EVERY = 0.4, 0.2
# In the suite, which has other work for the machine, only a click that hangs is too slow.
ANSWER_SECONDS = form.choose(short=10.0, full=0.5)
STUCK_SECONDS = 60
SEED = 20
# Longer than it takes a sweep to come and find them.
FORGOTTEN_SECONDS = form.choose(short=4, full=30)

# Rounds of two seconds: the signer depends on the broker for each that follows.
SLOWLY = {"SIGNING_RATE": form.choose(short="5", full="1"), "FAULTS_ROUND": "2"}

pytestmark = pytest.mark.timeout(form.TIMEOUT_SECONDS)


@pytest.fixture(autouse=True)
def leave_nothing_that_is_about_to_end(stage: Stage) -> Iterator[None]:
    """Whoever comes next starts processes anew: these may end a while after the broker is back."""
    yield
    stage.drop("worker", "beat")


def flush(valkey: Valkey) -> None:
    valkey.flush()


def stop_for_a_while(valkey: Valkey) -> None:
    valkey.stop()
    time.sleep(DOWN_SECONDS)
    valkey.start_again(empty=False)


def restart_empty(valkey: Valkey) -> None:
    valkey.stop()
    valkey.start_again(empty=True)


def tend(stage: Stage, signer: Supervised) -> None:
    """Start again what has ended, as supervisord does.

    Celery's worker ends when the broker is down while it gives back a message that it had not yet
    confirmed, and that may be a while after the broker is back.
    """
    signer.tend()
    stage.have("worker", "beat")


KINDS = {
    "FLUSHALL": flush,
    f"stop for {DOWN_SECONDS} s": stop_for_a_while,
    "restart empty": restart_empty,
}


def test_nothing_is_lost_and_no_click_breaks(stage: Stage, office: Office) -> None:
    stage.have("worker", "beat", "web")
    ids = office.do("submit", count=IN_FLIGHT + CLICKS)
    office.do("approve", ids=ids[:IN_FLIGHT])
    sessions = office.do("sign_in")
    waiting, clicks = iter(ids[IN_FLIGHT:]), list[Answer]()
    done, in_flight = Counter[str](), list[int]()

    def approve() -> None:
        if csr := next(waiting, None):
            clicks.append(sam.approve(csr))

    def look_as_customer() -> None:
        for path in ("/", f"/csrs/{ids[0]}/", f"/csrs/{ids[-1]}/", "/healthz"):
            ada.look(path)

    def look_as_staff() -> None:
        for path in ("", "onboarding/csr/", f"onboarding/csr/{ids[-1]}/change/"):
            sue.look(f"/admin/{path}")

    def is_over() -> bool:
        tend(stage, signer)
        return not stage.ledger.count(ids, "approved") and not stage.ledger.unsent(ids)

    with ExitStack() as stack:
        ada, sam, sue = stack.enter_context(
            signed_in(stage.url, *(sessions[one] for one in (ADA, SAM, SUE)))
        )
        signer = stack.enter_context(Supervised(stage, "signer", settings=SLOWLY)).wait()
        chance = random.Random(SEED)  # noqa: S311 - chance that can be had again
        with (
            Busy(approve, every=CLICK_EVERY),
            Busy(look_as_customer, every=LOOK_EVERY),
            Busy(look_as_staff, every=LOOK_EVERY),
        ):
            for turn in range(FAULTS):
                time.sleep(chance.uniform(0.5, 2))
                in_flight.append(stage.ledger.count(ids, "approved"))
                name = [*KINDS][turn % len(KINDS)]
                KINDS[name](stage.valkey)
                done[name] += 1
                tend(stage, signer)
            time.sleep(1)
        office.do("approve", ids=[*waiting])
        stack.enter_context(Supervised(stage, "quick-signer"))
        calm = time.monotonic()
        wait_until(
            is_over,
            seconds=STUCK_SECONDS,
            what=lambda: f"all signed, all told: {stage.ledger.faults(ids, readers=READERS)}",
        )
        calm = time.monotonic() - calm

    faults = stage.ledger.faults(ids, readers=READERS)
    faults["not as Apple takes it"] = len(office.do("verify", ids=ids))
    answers = [*ada.answers, *sam.answers, *sue.answers]
    table.show(
        f"Broker: {FAULTS} faults, {len(ids)} CSRs",
        {
            **done,
            "in flight at a fault": f"{min(in_flight)} to {max(in_flight)}",
            "starts of the signer": signer.starts,
            "all signed and told after the last fault, s": calm,
            "pages asked for": len(answers),
            "server errors": len([one for one in answers if one.is_error]),
            "approvals clicked": len(clicks),
            "approving took, p50, s": percentile(clicks, 0.5),
            "approving took, p95, s": percentile(clicks, 0.95),
            "approving took at most, s": percentile(clicks, 1),
            **faults,
        },
    )
    assert not [one for one in answers if one.is_error]
    assert not any(faults.values()), faults
    assert {one.status for one in clicks} == {302}
    assert percentile(clicks, 1) < ANSWER_SECONDS


def test_without_the_sweep_what_a_broker_forgot_is_stuck(stage: Stage, office: Office) -> None:
    """The control; then the sweep comes back and finds all of it."""

    def is_found() -> bool:
        tend(stage, signer)
        return not stage.ledger.count(ids, "approved")

    stage.have("worker")
    stage.drop("beat")
    ids = office.do("submit", count=5)
    office.do("approve", ids=ids)
    stage.valkey.flush()
    with Supervised(stage, "signer") as signer:
        signer.wait()
        time.sleep(FORGOTTEN_SECONDS)
        stuck = stage.ledger.count(ids, "approved")
        began = time.monotonic()
        wait_until(is_found, seconds=STUCK_SECONDS, what=lambda: signer.running.said[-3000:])

    table.show(
        "Broker, control: 5 CSRs, FLUSHALL, and no sweep",
        {
            f"stuck after {FORGOTTEN_SECONDS} s": stuck,
            "signed once there is a sweep, s": time.monotonic() - began,
        },
    )
    assert stuck == len(ids)


def test_without_its_guard_a_click_breaks_on_a_broker_that_is_down(
    stage: Stage, office: Office
) -> None:
    """The control."""
    (csr,) = office.do("submit", count=1)
    session = office.do("sign_in")[SAM]
    stage.drop("web")
    with stage.unguarded_pages(), signed_in(stage.url, session) as (sam,):
        stage.valkey.stop()
        try:
            answer = sam.approve(csr)
        finally:
            stage.valkey.start_again(empty=False)
    office.do("withdraw", ids=[csr])

    table.show("Broker, control: a nudge that raises, broker stopped", {"approving": answer.status})
    assert answer.status == 500
