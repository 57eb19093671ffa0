"""Tables of ratios, and RESULTS.md: what was measured is replaced, what was written is kept."""

import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

RESULTS = Path(__file__).with_name("RESULTS.md")
_BEGIN, _END = "<!-- measured: {} -->", "<!-- end: {} -->"


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is the part's; `title` says what was measured against what."""

    name: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    remark: str = ""

    def as_text(self) -> str:
        lines = [f"### {self.title}", ""]
        lines += [f"| {' | '.join(self.head)} |", f"|{'---|' * len(self.head)}"]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        lines += ["", *([self.remark, ""] if self.remark else []), f"*{machine()}*"]
        return "\n".join(lines)


def keep(table: Table) -> None:
    """Put the table into RESULTS.md, in place of the one of the same name."""
    begin, end = _BEGIN.format(table.name), _END.format(table.name)
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# Results\n"
    block = f"{begin}\n{table.as_text()}\n{end}"
    before, found, rest = text.partition(begin)
    if found:
        after = rest.partition(end)[2]
        RESULTS.write_text(f"{before}{block}{after}", encoding="utf-8")
    else:
        RESULTS.write_text(f"{text.rstrip()}\n\n{block}\n", encoding="utf-8")


def middle(values: Sequence[float]) -> float:
    return median(values)


def spread(values: Sequence[float], form: str = "{:.2f}") -> str:
    """The median, and from where to where the rounds went."""
    shown = [form.format(one) for one in (median(values), min(values), max(values))]
    return f"**{shown[0]}** ({shown[1]}–{shown[2]})"


def percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def machine() -> str:
    cpu = next(
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    openssl = subprocess.run(
        ["openssl", "version"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()[1]
    cores = Path("/proc/cpuinfo").read_text().count("processor\t")
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores of {cpu}, Python"
        f" {platform.python_version()}, OpenSSL {openssl}"
    )
