"""The sum of a comparison so far, in a form that a row can keep."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

from onboarding.models import StoreVerification
from onboarding.models.store_verification import PAST, UNCHECKED
from onboarding.store.finding import Finding, Kind
from onboarding.store.part import Page

# More would be read by nobody, and a row is not the place for it.
MOST_SENTENCES = 300


@dataclass(slots=True)
class Tally:
    """`checked` counts by the part's name; beside these, what was not checked, and what holds
    only as of its time."""

    checked: Counter[str] = field(default_factory=Counter)
    differences: int = 0
    sentences: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, row: StoreVerification) -> Self:
        return cls(Counter(row.checked), row.differences, list(row.findings))

    @property
    def unchecked(self) -> int:
        return self.checked[UNCHECKED]

    @property
    def past(self) -> int:
        return self.checked[PAST]

    @property
    def total(self) -> int:
        """How many rows and files were looked at."""
        return self.checked.total() - self.unchecked - self.past

    def add(self, page: Page) -> None:
        self.checked[page.part.name] += page.checked
        for finding in page.findings:
            self._count(finding)

    def _count(self, finding: Finding) -> None:
        if finding.is_difference:
            self.differences += 1
        else:
            self.checked[PAST if finding.kind is Kind.PAST else UNCHECKED] += 1
        if finding.is_difference and len(self.sentences) < MOST_SENTENCES:
            self.sentences.append(finding.sentence)
