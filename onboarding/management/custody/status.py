"""`custody status`: which custody keys are held, and what is sealed to each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from django.core.management.base import CommandError, CommandParser
from django.db.models import Count

from onboarding.custody.ring import Ring
from onboarding.models import CSR, Export

HELP = "show the keys, how many push keys are sealed to each, and which may be dropped"
DESCRIPTION = (
    "A custody key is named by the SHA-256 of its public half. Exit status 1 when push keys are"
    " sealed to a key that is not held here: they cannot be opened."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """`seals` counts push keys by the name of their custody key; empty where none was recorded."""

    newest: str
    held: list[str]
    seals: dict[str, int]

    @classmethod
    def now(cls) -> Self:
        ring = Ring.current()
        counted = CSR.objects.keeping_key().values("custody_key").annotate(count=Count("pk"))
        return cls(
            newest=ring.newest,
            held=ring.names,
            seals=dict(counted.values_list("custody_key", "count")),
        )

    @property
    def missing(self) -> list[str]:
        return sorted(self.seals.keys() - {*self.held, ""})

    @property
    def idle(self) -> list[str]:
        """Older keys that nothing is sealed to."""
        return [one for one in self.held if one != self.newest and not self.seals.get(one)]

    @property
    def droppable(self) -> list[str]:
        """Idle keys that nothing could need: a seal without a name might, or a passphrase."""
        is_sure = not self.seals.get("") and not Export.objects.unmade().exists()
        return self.idle if is_sure else []


def add_arguments(parser: CommandParser) -> None:
    pass


def run(_options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values. Raises CommandError when a key is missing."""
    standing = Standing.now()
    write(f"{'custody key':<18} {'push keys':>9}")
    for name in [*standing.held, *standing.missing]:
        write(f"{name[:16]}… {standing.seals.get(name, 0):>10}  {_remark(standing, name)}")
    if unnamed := standing.seals.get("", 0):
        write(f"{'not recorded':<17} {unnamed:>10}  the worker names it when it seals them anew")
    if standing.missing:
        raise CommandError(
            "Push keys are sealed to a custody key that is not held here, and cannot be opened."
            " Put it back, as a line of its own at the end of CUSTODY_PRIVATE_KEY."
        )


def _remark(standing: Standing, name: str) -> str:
    if name == standing.newest:
        return "sealed to now"
    if name in standing.missing:
        return "MISSING here: these push keys cannot be opened"
    if name in standing.droppable:
        return "may be dropped: manage.py custody drop"
    if name in standing.idle:
        return "may be dropped once everything else is sealed anew and no export is being made"
    return "kept until these are sealed anew: manage.py custody reseal"
