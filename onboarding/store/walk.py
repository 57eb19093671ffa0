"""The way through all parts, page by page, from any place on it."""

from collections.abc import Iterator
from dataclasses import dataclass

from onboarding import storage
from onboarding.store import certificates, kept, requests
from onboarding.store.bench import Bench
from onboarding.store.orphans import Files
from onboarding.store.part import Page, Part, Rows
from onboarding.store.strays import Elsewhere

PARTS: tuple[Part, ...] = (
    Rows(
        "vendor certificates",
        "Vendor certificates",
        requests.vendor_certificates,
        requests.look_at_vendor_certificate,
    ),
    Rows("CSRs", "CSRs", requests.submitted, requests.look_at_csr),
    Rows("signed requests", "Signed requests", requests.signed, requests.look_at_signed_request),
    Rows(
        "push certificates",
        "Push certificates",
        certificates.active_and_past,
        certificates.look,
    ),
    Rows("sealed keys", "Sealed push keys", kept.sealed_keys, kept.look_at_sealed_key),
    Rows("CSR uploads", "Uploaded CSRs", kept.csr_uploads, kept.look_at_csr_upload),
    Rows(
        "certificate uploads",
        "Uploaded certificates",
        kept.certificate_uploads,
        kept.look_at_certificate_upload,
    ),
    Rows("attachments", "Files with customers", kept.attachments, kept.look_at_attachment),
    Rows("reports", "Reports of imports", kept.reports, kept.look_at_report),
    Rows("exports", "Exported push keys", kept.exports, kept.look_at_export),
    Files(storage.SEALED_KEYS, "Files of sealed push keys"),
    Files(storage.UPLOADS, "Files of uploads"),
    Files(storage.EXPORTS, "Files of exports"),
    Files(storage.REPORTS, "Files of reports"),
    Files(storage.PROBES, "Probes of the storage"),
    Elsewhere(),
)
_ORDER = [part.name for part in PARTS]


@dataclass(frozen=True, slots=True)
class Position:
    """A part by its name, and the row or file in it after which to go on; empty: at the start."""

    part: str = ""
    after: str = ""


FILES = Position(f"files of {storage.SEALED_KEYS}")


def pages(bench: Bench, *, start: Position = Position()) -> Iterator[tuple[Page, Position | None]]:
    """Each page with the place where to go on after it; None after the last."""
    at = _ORDER.index(start.part) if start.part in _ORDER else 0
    after = start.after
    while at < len(PARTS):
        page = PARTS[at].page(bench, after=after)
        after = page.after
        at += 0 if after else 1
        yield page, Position(_ORDER[at], after) if at < len(PARTS) else None
