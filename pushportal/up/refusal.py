"""What the launcher says when it cannot start: one sentence."""


class Refused(Exception):
    """The run cannot start; the message is what the person reads."""
