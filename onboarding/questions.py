"""When it is asked whether somebody can still sign in at Apple: pure over dates.

Half a year before the end: the person of the last renewal may have gone, and there is time for
Apple to move the certificate to another account. From the day of the first reminder on the
reminders alone speak, which say what to do about a lost account, too: the question says that there
is nothing to renew yet.
"""

from datetime import datetime, timedelta

from onboarding import reminders

FROM = timedelta(days=180)
# Asked again after this, and then, after it once more, told to staff.
PATIENCE = timedelta(days=14)


def window(now: datetime) -> tuple[datetime, datetime]:
    """Certificates that end from the first on and up to the second are asked about."""
    return reminders.horizon(now), now + FROM


def answer_by(asked: datetime) -> datetime:
    """Until when an answer is hoped for, before anything else happens."""
    return asked + PATIENCE
