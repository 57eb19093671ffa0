"""Whether two accounts are one person's: the same address, however it is spelled."""

import unicodedata


def of(address: str) -> str:
    """`address` without what a mailbox takes in several spellings.

    Compatible forms of one character (NFKC, as full-width letters), capitals, a tag after “+”, and
    a domain in Unicode or in ASCII (IDNA) are one person. Dots count: most servers tell them
    apart. Letters that only look alike, as Cyrillic ones, are other addresses.
    """
    plain = unicodedata.normalize("NFKC", address).casefold().strip()
    plain = unicodedata.normalize("NFKC", plain)
    local, _, domain = plain.rpartition("@")
    return f"{local.partition('+')[0]}@{_ascii(domain)}"


def _ascii(domain: str) -> str:
    try:
        return domain.rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        return domain
