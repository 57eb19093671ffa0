"""A CSV and its files as rows of an import; nothing is judged yet, and no private key is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from onboarding import errors
from onboarding.importing import table
from onboarding.importing.folder import Folder
from onboarding.models import ImportRow
from onboarding.pki import kinds, push_certificate

_REMARKS = 200


@dataclass(frozen=True, slots=True)
class Read:
    rows: tuple[ImportRow, ...]
    remarks: tuple[str, ...]


def read(data: bytes, folder: Folder) -> Read:
    """Raises InvalidImport when the CSV as a whole cannot be read."""
    demand_no_key(data, what="CSV")
    found = table.read(data)
    rows = tuple(_row(line, folder) for line in found.lines)
    named = {path for line in found.lines for path in folder.named(line.values["certificate"])}
    return Read(rows, tuple(_remarks(found, folder, named))[:_REMARKS])


def demand_no_key(data: bytes, *, what: str) -> None:
    """Raise InvalidImport for a private key, given for the CSV or the ZIP by mistake."""
    if kinds.recognise(data[: kinds.UPLOAD_LIMIT]) in kinds.SECRET:
        raise errors.InvalidImport(
            f"This is a private key, and no {what}. It was refused, and nothing of it was kept. It"
            " has left its place all the same: consider it exposed, and make a new one."
        )


def _row(line: table.Line, folder: Folder) -> ImportRow:
    # The end of a name that is too long is looked at when it is judged.
    key = " ".join(line.values["name"].split()).casefold()[:200]
    row = ImportRow(line=line.number, values=dict(line.values), key=key)
    if line.refusal:
        return _refused(row, "", line.refusal)
    name = line.values["certificate"]
    if not name:
        return row
    paths = folder.named(name)
    if len(paths) != 1:
        found = folder.missing if not paths else "is there more than once; give its path"
        return _refused(row, "certificate", f"The file “{name}” {found}.")
    if refusal := folder.refused.get(paths[0]):
        return _refused(row, "certificate", f"The file “{name}”: {refusal}")
    der = folder.certificates[paths[0]]
    try:
        row.topic = push_certificate.parse(der).topic
    except errors.PortalError as error:
        return _refused(row, "certificate", f"The file “{name}”: {error.sentence}")
    row.certificate = der
    row.fingerprint_sha256 = sha256(der).hexdigest()
    return row


def _refused(row: ImportRow, column: str, sentence: str) -> ImportRow:
    row.action = ImportRow.Action.REFUSE
    row.column, row.sentence = column, sentence
    return row


def _remarks(found: table.Table, folder: Folder, named: set[str]) -> Iterator[str]:
    if found.ignored:
        yield f"Columns that are not taken: {', '.join(found.ignored)[:500]}."
    for path, refusal in folder.refused.items():
        yield f"{path}: {refusal}"
    for path in folder.certificates:
        if path not in named:
            yield f"{path}: no row names this file, so it is left out."
