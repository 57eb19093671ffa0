"""The German catalogue: refreshed from the code, and compiled.

`python -m tests.catalogue` takes in what is new in the code and drops what has gone; then the new
entries, with an empty msgstr, wait for their German. GNU gettext finds the strings, in a copy of
the tree: in the tree itself it would read what is installed, too.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
PO = Path("templates/locale/de/LC_MESSAGES/django.po")
# What says something to people, and what it takes to run a command on it.
_READ = ("onboarding", "templates", "pushportal", "signing", "manage.py")
_EXTENSIONS = "--extension=html,txt,py"


def template() -> Catalog:
    """Every string of the code that is marked, as GNU gettext finds it."""
    with tempfile.TemporaryDirectory(prefix="pushportal-catalogue-") as name:
        copy = Path(name)
        for part in _READ:
            _copy(ROOT / part, copy / part)
        pot = copy / "templates" / "locale" / "django.pot"
        shutil.rmtree(pot.parent, ignore_errors=True)
        pot.parent.mkdir()
        subprocess.run(
            [
                *(sys.executable, "manage.py", "makemessages", "--locale=de", "--keep-pot"),
                *(_EXTENSIONS, "--no-location", "--verbosity=0"),
            ],
            cwd=copy,
            check=True,
        )
        # A template leaves the plural's rule open, which Babel does not read.
        text = re.sub(rb'"Plural-Forms: [^"]*"\n', b"", pot.read_bytes())
        return read_po(BytesIO(text))


def catalogue() -> Catalog:
    return read_po(BytesIO((ROOT / PO).read_bytes()), locale="de")


def refreshed(old: Catalog, found: Catalog) -> Catalog:
    """`old` with exactly the strings of `found`; what is new has no German yet."""
    new = Catalog(locale="de", charset="utf-8", fuzzy=False)
    for message in sorted(found, key=_order):
        if message.id:
            known = old.get(message.id, message.context)
            new.add(
                message.id,
                known.string if known else None,
                flags=message.flags - {"fuzzy"},
                auto_comments=message.auto_comments,
                context=message.context,
            )
    return new


def written(catalogue: Catalog) -> bytes:
    text = BytesIO()
    write_po(text, catalogue, width=100, omit_header=True)
    return _HEADER + text.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    # Babel puts dates into the header: the same words make the same bytes on any day.
    catalogue.creation_date = catalogue.revision_date = _ANY_DAY
    binary = BytesIO()
    write_mo(binary, catalogue)
    return binary.getvalue()


_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_HEADER = b"""msgid ""
msgstr ""
"Language: de\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
    else:
        shutil.copy(source, target)


def _order(message: Message) -> tuple[str, str, str]:
    """By its words; of two that differ in their lines alone always the same first."""
    return re.sub(r"\s+", " ", str(message.id)), str(message.id), str(message.context)


def main() -> None:
    """Refresh the catalogue and compile it; say how many entries wait for their German."""
    po = ROOT / PO
    old = catalogue() if po.exists() else Catalog(locale="de")
    new = refreshed(old, template())
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_bytes(written(new))
    po.with_suffix(".mo").write_bytes(compiled(catalogue()))
    waiting = [message for message in catalogue() if message.id and not _is_translated(message)]
    print(f"{len(new)} strings, {len(waiting)} without German.")  # noqa: T201 - a command's word


def _is_translated(message: Message) -> bool:
    string = message.string
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    main()
