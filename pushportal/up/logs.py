"""The processes' log files: what is new in them, and what of it a person should see."""

import re
from collections.abc import Iterator
from pathlib import Path

# "2026-11-23 20:00:00,000 WARNING name: …", "[2026-11-23 …: ERROR/MainProcess] …", "[WARNING] …"
_LEVEL = re.compile(r"^\S.{0,40}?\b(DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL)\b")
_BODY = re.compile(r"^(\s|$|Traceback |During handling |The above exception )")
_GRAVE = {"WARNING", "ERROR", "CRITICAL"}
# The last line of a traceback, or a sentence of manage.py; a log's own level stands before it.
_EXCEPTION = re.compile(r"^[\w.]+(Error|Exception|Exit|Configured|Interrupt)\b")


class Tail:
    """A log file from its present end on.

    Of a traceback only the exception is told: the person reads the rest in the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = path.stat().st_size if path.exists() else 0
        self._is_grave = False

    def news(self) -> Iterator[str]:
        """The new lines that warn or tell of an error."""
        for line in self.lines():
            if line.startswith("Traceback "):
                self._is_grave = True
            elif level := _LEVEL.match(line):
                self._is_grave = level[1] in _GRAVE
            if self._is_grave and not _BODY.match(line):
                yield line

    def lines(self) -> list[str]:
        if not self.path.exists():
            return []
        if self.path.stat().st_size < self._offset:
            # supervisord began a new file: the old one was full.
            self._offset = 0
        with self.path.open("rb") as file:
            file.seek(self._offset)
            read = file.read()
        whole = read[: read.rfind(b"\n") + 1]
        self._offset += len(whole)
        return whole.decode(errors="replace").splitlines()


def last_words(path: Path) -> str:
    """Why a program ended, by its log: the last exception, else the last line."""
    lines = [line.strip() for line in _end(path).splitlines() if line.strip()]
    exceptions = [line for line in lines if _EXCEPTION.match(line)]
    words = (exceptions or lines or ["it said nothing."])[-1]
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _end(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8192))
        return file.read().decode(errors="replace")
