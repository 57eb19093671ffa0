"""Which file was given: the one that is wanted, or what it is instead and what to do."""

from typing import BinaryIO

from onboarding import errors
from onboarding.pki import kinds
from onboarding.pki.kinds import Kind as Upload
from signing.airgap import carried
from signing.airgap.carried import Carried, Kind

_WANTED = {
    Kind.EXPORT: "Give the file that `manage.py signing export` wrote on the portal's machine.",
    Kind.RESULTS: "Give the file that `manage.py signing sign` wrote on the offline machine.",
}
_OTHER = {
    Kind.EXPORT: "This is an export: its CSRs are not signed yet. Take it to the offline machine,"
    " run `manage.py signing sign FILE -o RESULTS` there, and import RESULTS.",
    Kind.RESULTS: "These are results: the CSRs in it are signed already. Take the file to the"
    " portal's machine, and run `manage.py signing import FILE` there.",
}
_FOUND = {
    **dict.fromkeys(
        (Upload.EMPTY, Upload.ZEROS),
        "There is nothing in the file: the copy was torn off. Copy it again.",
    ),
    Upload.CSR: "This is a single CSR; `manage.py sign_csr` signs such a one.",
    Upload.SEVERAL_CSRS: "The file holds CSRs as PEM, without the rows they belong to.",
    Upload.PUSH_REQUEST: "This is a signed request, the file for Apple's portal.",
    **dict.fromkeys(kinds.CERTIFICATES, "This is a certificate."),
    # Nothing about exposure: it never left the machine.
    **dict.fromkeys(kinds.SECRET, "This file holds a private key, which belongs on no stick."),
}
_NEITHER = "This file is neither an export nor results of `manage.py signing`."


def opened(file: BinaryIO, *, wanted: Kind) -> Carried:
    """The wanted file, known to be whole. Raises InvalidSigningFile that says what it is instead.

    `file` must be seekable: it is read to its end, and then again for the records.
    """
    first = file.readline(carried.LINE_LIMIT)
    found = carried.parsed(first) or {}
    kind = next((kind for kind in Kind if kind.value == found.get("format")), None)
    if kind is None:
        raise _foreign(file, first, wanted)
    if kind is not wanted:
        raise errors.InvalidSigningFile(_OTHER[kind])
    if found.get("version") != carried.VERSION:
        raise errors.InvalidSigningFile(
            f"The file is of version {str(found.get('version'))[:20]!r}, and version"
            f" {carried.VERSION} is read here. Use the same release of the portal on both machines."
        )
    header = {name: value for name, value in found.items() if isinstance(value, str)}
    return carried.read(file, header=header)


def _foreign(file: BinaryIO, first: bytes, wanted: Kind) -> errors.InvalidSigningFile:
    if first and carried.OPENING.startswith(first[: len(carried.OPENING)]):
        return errors.InvalidSigningFile(
            "The file is torn: it ends within its first line. Copy it again."
        )
    file.seek(0)
    kind = kinds.recognise(file.read(kinds.UPLOAD_LIMIT + 1))
    return errors.InvalidSigningFile(f"{_FOUND.get(kind, _NEITHER)} {_WANTED[wanted]}")
