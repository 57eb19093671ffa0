"""What a mail server says that takes mails, but not this one."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Self

from onboarding import printable

# Enhanced status codes (RFC 3463) of an address that is none: no such mailbox, no such system, bad
# syntax, moved without a new address, a domain that takes no mail (RFC 7505), mailbox disabled.
# Others, such as 5.7.1 for a relay that is not allowed, are as often a fault of the set-up here.
_FOR_GOOD = re.compile(r"5\.(1\.(1|2|3|6|10)|2\.1)\b")
_CLOSING = 421
# As mail servers do among themselves (RFC 5321, 4.5.4.1).
GIVEN_UP_AFTER = timedelta(days=5)
_FIRST, _LONGEST = timedelta(minutes=5), timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Refusal:
    """`words` are the server's, with its code."""

    code: int
    words: str

    @classmethod
    def of(cls, error: OSError | SMTPException) -> Self | None:
        """None if the error is not about this mail alone: nobody answers, nobody may send."""
        answer: tuple[int, bytes | str] | None = None
        if isinstance(error, SMTPRecipientsRefused):
            # A mail has one recipient.
            (answer,) = error.recipients.values()
        elif isinstance(error, SMTPDataError):
            answer = (error.smtp_code, error.smtp_error)
        # With 421 the server takes leave, whatever it was asked.
        if answer is None or answer[0] == _CLOSING:
            return None
        return cls(answer[0], _words(*answer))

    def is_for_good(self, *, owed_since: datetime, now: datetime) -> bool:
        """Whether trying again would change nothing, or was done for long enough."""
        is_no_address = 500 <= self.code < 600 and _FOR_GOOD.search(self.words) is not None
        return is_no_address or now - owed_since > GIVEN_UP_AFTER


def pause(refusals: int) -> timedelta:
    """How long a mail rests that was refused so often: twice as long each time, up to an end."""
    # From ten on the power would only grow.
    times: int = 2 ** (min(refusals, 10) - 1)
    return min(_FIRST * times, _LONGEST)


def _words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return printable.escaped(f"{code} {' '.join(text.split())}")
