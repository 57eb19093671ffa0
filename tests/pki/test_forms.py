"""The forms that bytes come in: DER's outer shape, PEM's lines."""

import pytest

from onboarding.pki import der, pem


@pytest.mark.parametrize(
    ("encoded", "shape"),
    [
        ("", ""),
        ("30", ""),
        ("3003020100", "i"),
        # A SET, not a SEQUENCE.
        ("3103020100", ""),
        # The last element has no content.
        ("30050201003000", "is"),
        # The length takes two octets.
        ("308200820481" + "7f" + "00" * 127, "o"),
        # Indefinite, and longer than 128.
        ("3080" + "020100" + "0481" + "7f" + "00" * 127 + "020101", "ioi"),
        # Cut off in the middle of the second element.
        ("300a0201000405ff", "io"),
        ("300905000201000c0178", "?i?"),
    ],
)
def test_the_shape_of_der(encoded: str, shape: str) -> None:
    assert der.shape(bytes.fromhex(encoded)) == shape


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN A-----",
        "-----END A-----",
        "-----BEGIN A-----\n-----BEGIN A-----",
        "-----END A-----\n-----END A-----",
        "-----END A-----\n-----BEGIN A-----",
        "-----BEGIN A-----\n-----END B-----",
    ],
)
def test_lines_that_do_not_pair_are_damage(text: str) -> None:
    with pytest.raises(ValueError, match="BEGIN"):
        pem.blocks(text)


def test_lines_have_64_columns() -> None:
    lines = pem.encode("A", bytes(100)).splitlines()

    assert [len(line) for line in lines[1:-1]] == [64, 64, 8]
