"""Database and file storage compared, both ways: what a row says against what is kept.

Read only. `pages` goes through all of it a little at a time, and can go on where it stopped.
"""

from onboarding.store.bench import Bench
from onboarding.store.finding import Finding, Kind
from onboarding.store.orphans import is_orphan
from onboarding.store.part import Page, Part
from onboarding.store.tally import Tally
from onboarding.store.walk import FILES, PARTS, Position, pages

__all__ = [
    "FILES",
    "PARTS",
    "Bench",
    "Finding",
    "Kind",
    "Page",
    "Part",
    "Position",
    "Tally",
    "is_orphan",
    "pages",
]
