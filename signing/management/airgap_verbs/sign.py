"""`signing sign`: sign an export, on a machine without network and without database."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from onboarding import errors, trust
from onboarding.management import confirmation
from onboarding.management.progress import Progress
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust
from signing.airgap import carried, offline, output, results
from signing.airgap.carried import Carried, Kind
from signing.airgap.export import Waiting
from signing.airgap.results import Failure, Result
from signing.management import identity_options
from signing.management.airgap_verbs import reading, words
from signing.sign import Bench, set_up

HELP = (
    "sign an export with the identity of this machine; needs no network and no database. The rate"
    " and the daily cap of the online signer do not count here: a person decides on each file"
)

logger = logging.getLogger(__name__)


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what `signing export` wrote")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="RESULTS", required=True, help="to write, 0600"
    )
    parser.add_argument("--force", action="store_true", help="replace RESULTS when it is there")
    confirmation.add(parser)
    identity_options.add(parser)


def run(options: dict[str, Any], *, progress: Progress) -> None:
    """Any: argparse's values. Raises CommandError when nothing was written, or some were left."""
    path: Path = options["output"]
    write = progress.line
    output.demand_free(path, may_replace=options["force"])
    with reading.of(options["file"], wanted=Kind.EXPORT) as export:
        # The file first: a wrong one should not cost a passphrase.
        now, current = timezone.now(), trust.packaged()
        signer = identity_options.load(options, trust=current, now=now)
        bench = set_up(signer, trust=current, now=now)
        _show(export, signer.chain, current, write)
        confirmation.demand(f"Sign {words.csrs(export.count)}?", is_given=options["yes"])
        signing = Round(export, bench, progress)
        with output.whole(path, may_replace=options["force"]) as file:
            written = results.write(
                file, signing.results(), export=export, chain=signer.chain, now=now
            )
    write(
        f"Written to {path}: {words.csrs(written.count - signing.failed)} signed,"
        f" {signing.failed:,} that could not be. SHA-256 {written.sha256}"
    )
    write(f"On the portal's machine: manage.py signing import {path.name}")
    _conclude(signing)


def _show(export: Carried, chain: Chain, current: Trust, write: Callable[[str], object]) -> None:
    header = export.header
    names = ((carried.parsed(line) or {}).get("customer", "") for line in export.records())
    write(f"{words.csrs(export.count)} of {words.plain(header.get('instance', ''))},")
    write(f"exported {words.plain(header.get('created_at', ''))}; SHA-256 {export.sha256}")
    write("(the one that `signing export` showed: compare them).")
    write(f"Customers: {words.customers(map(str, names))}")
    write(f"Signed by: {words.vendor_certificate(chain)}")
    if not current.is_apple:
        write("TRUST_ANCHORS is set: Apple's own portal may not take these requests.")


def _conclude(signing: "Round") -> None:
    if signing.left:
        raise CommandError(
            f"{words.csrs(signing.left)} could not be tried and have no result: see above. They"
            " stay approved; export and sign them again."
        )


@dataclass(slots=True)
class Round:
    """One pass over the export. A CSR that cannot be signed fails alone, and is named."""

    export: Carried
    bench: Bench
    progress: Progress
    failed: int = field(default=0, init=False)
    left: int = field(default=0, init=False)

    def results(self) -> Iterator[Result]:
        self.progress.begin("Signed", total=self.export.count)
        for number, line in enumerate(self.progress.over(self.export.records()), start=2):
            if result := self._result(number, line):
                yield result

    def _result(self, number: int, line: bytes) -> Result | None:
        try:
            result = offline.sign(Waiting.of(line), bench=self.bench)
        except errors.InvalidIdentity:
            raise
        except errors.InvalidSigningFile as error:
            self.progress.line(f"left     line {number}: {error}")
        except Exception:
            # Nobody foresaw it, so it says nothing about the CSR: it stays approved, and the
            # others are signed.
            logger.exception("Line %s could not be tried.", number)
        else:
            return self._counted(result)
        self.left += 1
        return None

    def _counted(self, result: Result) -> Result:
        if isinstance(result, Failure):
            self.failed += 1
            self.progress.line(f"failed   {result.csr_id}: {words.plain(result.sentence)}")
        return result
