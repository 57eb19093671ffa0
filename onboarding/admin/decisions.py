"""What staff can decide about a CSR: for each decision its words and its verb."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from onboarding import lifecycle
from onboarding.lifecycle import Actor, approvals
from onboarding.models import CSR, Approval, User

State = CSR.State
# What a person can still look through before saying yes.
LIMIT = 100


@dataclass(frozen=True, slots=True)
class Text:
    """What has to be written with a decision, and how the form asks for it."""

    label: str
    help: str
    missing: str
    has_phrases: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person saw of the CSR: its token, and what was unusual, where that is kept."""

    token: str
    unusual: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """`act` takes the CSR, who decides, the text, and what was shown.

    `heading` has a place for how many CSRs it is about; one that `judges` keeps what was unusual.
    """

    name: str
    heading: str
    button: str
    done: str
    consequence: str
    states: Collection[State]
    tone: str
    permission: str
    act: Callable[[CSR, Actor, str, Shown], object]
    text: Text | None = None
    judges: bool = False

    def fits(self, csr: CSR) -> bool:
        return csr.state in self.states


class Outcome(Enum):
    """What would come of a decision; the value ends “2 CSRs …”."""

    DONE = "will be"
    COUNTED = "will have one approval more and go on waiting"
    NOTHING = "will stay as now"


@dataclass(frozen=True, slots=True)
class Forecast:
    outcome: Outcome
    sentence: str


APPROVE = Decision(
    name="approve",
    heading="Approve {}",
    button="Approve",
    done="Approved",
    consequence=(
        "What is approved is signed with the vendor's key, within seconds, and the customer is"
        " told. A signature that was handed out cannot be taken back."
    ),
    states=(State.SUBMITTED, State.FAILED),
    tone="success",
    permission="approve_csr",
    act=lambda csr, actor, _, shown: lifecycle.approve(
        csr, by=actor, seen_as=shown.token, unusual=shown.unusual
    ),
    judges=True,
)
REJECT = Decision(
    name="reject",
    heading="Reject {}",
    button="Reject",
    done="Rejected",
    consequence=(
        "The customer gets a mail with your reason, and has to make a new CSR. This cannot be"
        " undone."
    ),
    states=(State.SUBMITTED, State.FAILED),
    tone="danger",
    permission="approve_csr",
    act=lambda csr, actor, text, shown: lifecycle.reject(
        csr, reason=text, by=actor, seen_as=shown.token, unusual=shown.unusual
    ),
    judges=True,
    text=Text(
        label="Reason",
        help="The customer reads this as you write it: say what to do differently.",
        missing="Give a reason: the customer reads it and acts on it.",
        has_phrases=True,
    ),
)
ASK = Decision(
    name="ask",
    heading="Ask about {}",
    button="Ask the customer",
    done="Asked",
    consequence=(
        "Each CSR says below to whom the question goes by mail, as you write it. It is answered on"
        " the CSR's page, and you get a mail with the answer; until then the CSR waits, and can be"
        " decided all the same."
    ),
    states=(State.SUBMITTED, State.FAILED),
    tone="plain",
    permission="ask_customer",
    act=lambda csr, actor, text, _: lifecycle.ask_customer(csr, question=text, by=actor),
    text=Text(
        label="Question",
        help="The customer reads this as you write it.",
        missing="Write the question: the customer reads it as it stands here.",
        has_phrases=True,
    ),
)
TAKE_BACK = Decision(
    name="take-back",
    heading="Take my approval of {} back",
    button="Take my approval back",
    done="Your approval is taken back",
    consequence="Your approval no longer counts. You can approve anew at any time.",
    states=(State.SUBMITTED, State.FAILED),
    tone="plain",
    permission="approve_csr",
    act=lambda csr, actor, *_: lifecycle.take_back_approval(csr, by=actor),
)
WITHDRAW = Decision(
    name="withdraw",
    heading="Withdraw {}",
    button="Withdraw",
    done="Withdrawn",
    consequence=(
        "The CSR is put away on the customer's behalf, and no mail is sent. This cannot be undone;"
        " the customer can make a new one."
    ),
    states=(State.REQUESTED, State.SUBMITTED, State.APPROVED, State.SIGNED),
    tone="plain",
    permission="withdraw_csr",
    act=lambda csr, actor, *_: lifecycle.withdraw(csr, by=actor),
)
BY_NAME = {one.name: one for one in (APPROVE, REJECT, ASK, TAKE_BACK, WITHDRAW)}


def offered(csr: CSR, *, by: User) -> list[Decision]:
    """What this person may decide about this CSR now, and to some effect."""
    actor = Actor.of(by)
    without = {APPROVE} if why_not_approve(csr, by=by) else set()
    if not Approval.objects.filter(csr=csr, staff=by).exists():
        without.add(TAKE_BACK)
    return [
        one
        for one in BY_NAME.values()
        if actor.may(one.permission) and one.fits(csr) and one not in without
    ]


def why_not_approve(csr: CSR, *, by: User) -> str:
    """Why a yes of this approver would add nothing now, as a sentence; empty if it would."""
    actor = Actor.of(by)
    if not (actor.may(APPROVE.permission) and APPROVE.fits(csr)):
        return ""
    return approvals.refusal(csr, actor)


def forecast(decision: Decision, csr: CSR, *, by: User) -> Forecast:
    """What this decision would do to this CSR, in a few words."""
    if not decision.fits(csr):
        return _nothing(f"it is “{csr.get_state_display()}” now.")
    if decision is TAKE_BACK and not Approval.objects.filter(csr=csr, staff=by).exists():
        return _nothing("you have not approved it.")
    if decision is not APPROVE or approvals.required(csr) == 1:
        return Forecast(Outcome.DONE, _done(decision))
    return _of_one_approval(csr, by)


def consequence(decision: Decision, forecasts: Sequence[Forecast]) -> str:
    """What follows from it: of an approval, too, that others have to come before a signature."""
    outcomes = {one.outcome for one in forecasts}
    if Outcome.COUNTED not in outcomes:
        return decision.consequence
    waits = (
        "Your approval is noted and the CSR goes on waiting: nothing is signed before somebody else"
        " approves it, too. Until then you can take yours back."
    )
    if Outcome.DONE not in outcomes:
        return waits
    return f"{decision.consequence} Where more people have to approve, yours is noted alone."


def summary(decision: Decision, forecasts: Sequence[Forecast]) -> str:
    """The counts, as one sentence."""
    found = dict.fromkeys(Outcome, 0)
    for one in forecasts:
        found[one.outcome] += 1
    done = f"{Outcome.DONE.value} {decision.done.lower()}"
    words = {Outcome.DONE: done if decision is not TAKE_BACK else "will lose your approval"}
    parts = [
        f"{count} {words.get(outcome, outcome.value)}" for outcome, count in found.items() if count
    ]
    return f"Of {len(forecasts)}: {', '.join(parts)}."


def _done(decision: Decision) -> str:
    if decision is TAKE_BACK:
        return "Your approval will no longer count."
    return f"Will be {decision.done.lower()}."


def _nothing(why: str) -> Forecast:
    return Forecast(Outcome.NOTHING, f"Nothing: {why}")


def _of_one_approval(csr: CSR, by: User) -> Forecast:
    refusal = approvals.refusal(csr, Actor.of(by))
    if refusal:
        return _nothing(f"{refusal[0].lower()}{refusal[1:]}")
    needed = approvals.required(csr)
    given = min(len(approvals.counting(csr)) + 1, needed)
    count = f"Approval {given} of {needed}"
    if given >= needed:
        return Forecast(Outcome.DONE, f"{count}, then it is signed.")
    return Forecast(Outcome.COUNTED, f"{count}; it goes on waiting.")
