"""When it is asked whether somebody can still sign in at Apple: pure over dates.

Half a year before the end: the person of the last renewal may have gone, and there is time for
Apple to move the certificate to another account. From 30 days before the end the reminders alone
speak, which say what to do about a lost account, too.
"""

from datetime import datetime, timedelta

FROM, UNTIL = timedelta(days=180), timedelta(days=30)
# Asked again after this, and then, after it once more, told to staff.
PATIENCE = timedelta(days=14)


def window(now: datetime) -> tuple[datetime, datetime]:
    """Certificates that end after the first and up to the second are asked about."""
    return now + UNTIL, now + FROM


def answer_by(asked: datetime) -> datetime:
    """Until when an answer is hoped for, before anything else happens."""
    return asked + PATIENCE
