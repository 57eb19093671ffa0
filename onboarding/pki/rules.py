"""Rules that are run one by one: stop at the first refusal, or tell the result of each."""

from collections.abc import Callable
from dataclasses import dataclass

from onboarding import errors


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one rule, for people."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`run` returns a sentence on what it found, or raises a PortalError with one."""

    name: str
    run: Callable[[], str]

    def result(self) -> Check:
        try:
            return Check(self.name, passed=True, detail=self.run())
        except errors.PortalError as error:
            return Check(self.name, passed=False, detail=error.sentence)

    def not_run(self, *, because: str) -> Check:
        return Check(self.name, passed=False, detail=f"Not checked: {because}")
