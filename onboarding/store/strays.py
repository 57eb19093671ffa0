"""Files where the portal keeps none: nothing is known of them, so they are never deleted here."""

from dataclasses import dataclass
from itertools import islice

from onboarding import storage
from onboarding.store.bench import Bench
from onboarding.store.finding import Finding, Kind
from onboarding.store.part import Page, place, place_of

_NAMES = 2000


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """All files of the storage that are in no folder of the portal's, in the order of names."""

    name: str = "files elsewhere"
    title: str = "Files elsewhere"

    def total(self) -> None:
        return None

    def page(self, bench: Bench, *, after: str) -> Page:  # noqa: ARG002 - as the others
        names = list(islice(storage.names_elsewhere(after=place_of(after)), _NAMES))
        is_last = len(names) < _NAMES
        found = tuple(map(finding, names))
        return Page(self, len(names), found, "" if is_last else place(names[-1]))


def finding(name: str) -> Finding:
    sentence = (
        f"The file {name} is not of the portal's making, and no row names it. If nobody needs it,"
        " delete it by hand. If others keep files here, give the portal a place of its own (the"
        " option `location` of the storage)."
    )
    return Finding(Kind.ORPHAN, name, sentence)
