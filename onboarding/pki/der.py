"""The outer shape of DER: enough to tell what a file is, without loading what is in it."""

from collections.abc import Iterator
from dataclasses import dataclass

INTEGER, BIT_STRING, OCTET_STRING, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30
_LETTERS = {
    INTEGER: "i",
    BIT_STRING: "b",
    OCTET_STRING: "o",
    OID: "d",
    SEQUENCE: "s",
    0x31: "t",
    0xA0: "0",
    0xA1: "1",
}


@dataclass(frozen=True, slots=True)
class Element:
    tag: int
    content: bytes


def elements(encoded: bytes) -> Iterator[Element]:
    """The elements in a row. A last one that is cut off counts with what there is of it.

    BER's indefinite length, in which some programs write PKCS#12, is read as "to the end".
    """
    at = 0
    while at + 2 <= len(encoded):
        tag, length, at = encoded[at], encoded[at + 1], at + 2
        if length == 0x80:
            length = len(encoded) - at
        elif length > 0x80:
            octets = length & 0x7F
            length = int.from_bytes(encoded[at : at + octets])
            at += octets
        yield Element(tag, encoded[at : at + length])
        at += length


def members(encoded: bytes) -> list[Element]:
    """The elements of the outer SEQUENCE; none when there is no SEQUENCE."""
    outer = next(elements(encoded), None)
    return list(elements(outer.content)) if outer and outer.tag == SEQUENCE else []


def shape(encoded: bytes) -> str:
    """A letter for each member: `i` INTEGER, `s` SEQUENCE, `o` OCTET STRING, `b` BIT STRING,
    `d` OBJECT IDENTIFIER, `t` SET, `0` and `1` context tags, `?` anything else."""
    return "".join(_LETTERS.get(member.tag, "?") for member in members(encoded))
