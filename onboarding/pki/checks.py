"""A list of rules, run one by one: stop at the first refusal, or tell the result of each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from onboarding import errors


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    passed: bool
    detail: str


def result(name: str, rule: Callable[[], str]) -> Check:
    """What `rule` found: it returns a sentence, or raises a PortalError with one."""
    try:
        return Check(name, passed=True, detail=rule())
    except errors.PortalError as error:
        return Check(name, passed=False, detail=error.sentence)


def not_run(names: Iterable[str], *, reason: str) -> list[Check]:
    return [Check(name, passed=False, detail=f"Not checked: {reason}") for name in names]
