"""`signing import`: verify the results from the offline machine, and record them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.template.defaultfilters import pluralize
from django.utils import timezone

from onboarding import errors, trust
from onboarding.management import confirmation
from onboarding.management.progress import Progress
from onboarding.pki.chain import Chain
from signing.airgap import results, take, verdict
from signing.airgap.carried import Carried, Kind
from signing.airgap.results import Result
from signing.airgap.take import Outcome, Taken
from signing.airgap.verdict import Desk
from signing.management.airgap_verbs import database, reading, words

HELP = (
    "verify the results of `signing sign` and record them, as the online signer does. What was"
    " taken in before is left as it is; the exit status is 1 when some were refused"
)
_BATCH = 100


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("file", type=Path, metavar="RESULTS", help="what `signing sign` wrote")
    confirmation.add(parser)


def run(options: dict[str, Any], *, progress: Progress) -> None:
    """Any: argparse's values. Raises CommandError when some were refused."""
    tally, write = Counter[Outcome](), progress.line
    with reading.of(options["file"], wanted=Kind.RESULTS) as file, database.needed():
        chain = results.chain(file)
        _show(file, chain, write)
        desk = _desk(chain, is_agreed=options["yes"])
        progress.begin("Taken in", total=file.count)
        for taken in _taken(progress.over(file.records()), desk):
            tally[taken.outcome] += 1
            if taken.sentence:
                write(f"{taken.outcome.value:<10} {taken.name}: {words.plain(taken.sentence)}")
    counts = ", ".join(f"{tally[outcome]:,} {outcome.value}" for outcome in Outcome)
    write(f"{file.count:,} result{pluralize(file.count)}: {counts}.")
    if refused := tally[Outcome.REFUSED]:
        results_were = f"result{pluralize(file.count)} {pluralize(refused, 'was,were')}"
        raise CommandError(f"{refused:,} of {file.count:,} {results_were} REFUSED: see above.")


def _show(file: Carried, chain: Chain, write: Callable[[str], object]) -> None:
    write(f"Results of {words.csrs(file.count)}; SHA-256 {file.sha256}")
    write(f"Signed {words.plain(file.header.get('created_at', ''))} by:")
    write(words.vendor_certificate(chain))
    instance = file.header.get("instance", "")
    if instance != settings.PUBLIC_URL:
        write(f"The file is of {words.plain(instance)}, and this is {settings.PUBLIC_URL}.")


def _desk(chain: Chain, *, is_agreed: bool) -> Desk:
    current, now = trust.current(), timezone.now()
    verdict.demand_fit(chain, trust=current, now=now)
    if not verdict.is_known(chain):
        # Whoever has the stick could sign with a certificate of their own.
        confirmation.demand(
            "This vendor certificate was not seen here before. Is it yours?", is_given=is_agreed
        )
    return verdict.prepare(chain, trust=current, now=now)


def _taken(lines: Iterable[bytes], desk: Desk) -> Iterator[Taken]:
    numbered = enumerate(lines, start=2)
    while batch := list(islice(numbered, _BATCH)):
        read = [_read(number, line) for number, line in batch]
        yield from (one for one in read if isinstance(one, Taken))
        yield from take.take([one for one in read if not isinstance(one, Taken)], desk=desk)


def _read(number: int, line: bytes) -> Result | Taken:
    try:
        return results.of(line)
    except errors.InvalidSigningFile as error:
        return Taken(f"line {number}", Outcome.REFUSED, str(error))
