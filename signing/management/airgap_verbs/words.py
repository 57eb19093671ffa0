"""How the verbs speak of files, numbers, and of text that came from elsewhere."""

from collections import Counter
from collections.abc import Iterable

from onboarding.pki import certificates
from onboarding.pki.chain import Chain

_SHOWN = 10


def plain(text: str, *, longest: int = 500) -> str:
    """`text` without what would move a terminal's cursor or hide something on it."""
    return "".join(c if c.isprintable() else "?" for c in text[:longest])


def csrs(count: int) -> str:
    return f"{count:,} CSR" if count == 1 else f"{count:,} CSRs"


def customers(names: Iterable[str]) -> str:
    """Who has how many, the most first."""
    counted = Counter(names)
    named = [f"{plain(name)} ({count:,})" for name, count in counted.most_common(_SHOWN)]
    others = len(counted) - len(named)
    return ", ".join(named) + (f" and {others:,} more customers" if others else "")


def vendor_certificate(chain: Chain) -> str:
    leaf = chain.leaf
    return (
        f"{plain(certificates.title(leaf.subject))}, until {leaf.not_valid_after_utc:%Y-%m-%d}"
        f" (certificate SHA-256 {certificates.fingerprint(leaf)})"
    )
