"""Text from outside, such as the name of a file, in a form that can be shown anywhere."""


def escaped(text: str) -> str:
    """`text` with whatever could play with a terminal, a log or a reader's eye as an escape.

    Line breaks, control characters, marks of direction, and bytes that are no text at all.
    """
    return "".join(one if one.isprintable() else _escape(one) for one in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
