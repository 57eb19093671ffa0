"""`signing export`: write the approved CSRs as one file for the offline machine."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from onboarding.management.progress import Progress
from onboarding.models import CSR
from onboarding.pki.names import Subject
from signing.airgap import export, output
from signing.airgap.export import Waiting
from signing.management.airgap_verbs import database, words

HELP = "write the approved CSRs as one file, to be signed on a machine without network"
_CHUNK = 500


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", required=True, help="the file to write, 0600"
    )
    parser.add_argument("--limit", type=_number, metavar="N", help="the N oldest only")
    parser.add_argument("--force", action="store_true", help="replace FILE when it is there")


def run(options: dict[str, Any], *, progress: Progress) -> None:
    """Any: argparse's values."""
    path: Path = options["output"]
    write = progress.line
    output.demand_free(path, may_replace=options["force"])
    with database.needed():
        waiting = CSR.objects.awaiting_signature().select_related("customer")
        if not waiting.exists():
            write("No CSR waits for a signature, so nothing was written.")
            return
        rows = waiting[: options["limit"]].iterator(chunk_size=_CHUNK)
        with output.whole(path, may_replace=options["force"]) as file:
            instance, now = settings.PUBLIC_URL, timezone.now()
            written = export.write(file, _as_waiting(rows), instance=instance, now=now)
        left = waiting.count() - written.count
    write(f"Written to {path}: {words.csrs(written.count)}. SHA-256 {written.sha256}")
    if left > 0:
        write(f"{words.csrs(left)} {'waits' if left == 1 else 'wait'} beside these.")
    write(f"On the offline machine: manage.py signing sign {path.name} -o RESULTS")
    write("It shows the same SHA-256. The CSRs stay approved until their results are imported.")


def _as_waiting(rows: Iterable[CSR]) -> Iterator[Waiting]:
    for csr in rows:
        yield Waiting(
            csr_id=csr.pk,
            customer=csr.customer.name,
            subject=_subject(csr).as_text(),
            public_key_sha256=csr.public_key_sha256,
            der=bytes(csr.der or b""),
        )


def _subject(csr: CSR) -> Subject:
    return Subject(
        common_name=csr.common_name,
        organization=csr.organization,
        organizational_unit=csr.organizational_unit,
        country=csr.country,
        email=csr.email,
    )


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1.")
    return int(text)
