"""The worker and beat: makes and opens sealed push keys, sends mail, watches over what waits."""

from celery.schedules import crontab

from pushportal.settings import env
from pushportal.settings.base import *

env.refuse("SIGNING_IDENTITY", "SIGNING_IDENTITY_PASSPHRASE", process="worker")

# The same as the web's: links in mails are made here and opened there.
SECRET_KEY = env.required("SECRET_KEY", purpose="it signs sessions and links")
SECRET_KEY_FALLBACKS = (env.optional("SECRET_KEY_FALLBACKS") or "").split()
# Beat runs under these settings without it; a worker without it refuses to start.
CUSTODY_PRIVATE_KEY = env.optional("CUSTODY_PRIVATE_KEY")
CUSTODY_PRIVATE_KEY_FILE = env.file("CUSTODY_PRIVATE_KEY")

# When the nightly comparison of database and file storage begins, in UTC.
_hour, _minute = env.clock("VERIFY_STORE_AT", "03:00")

CELERY_IMPORTS = ["onboarding.tasks"]
# These look at the present: one that nobody took for a minute is of no use any more.
_PRESENT = {"expires": 60}
CELERY_BEAT_SCHEDULE = {
    "nudge what waits": {"task": "onboarding.sweep", "schedule": 15.0, "options": _PRESENT},
    "compare database and files": {
        "task": "onboarding.begin_store_verification",
        "schedule": crontab(hour=_hour, minute=_minute),
    },
    "remind": {
        "task": "onboarding.remind",
        "schedule": crontab(hour=REMIND_AT[0], minute=REMIND_AT[1]),
        # From then on the sweep asks.
        "options": {"expires": 3600},
    },
    "watch": {"task": "onboarding.watch", "schedule": 15.0, "options": _PRESENT},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "run" / "beat-schedule")

# No middleware, no CSRF, no allowed hosts to check: this process serves no HTTP.
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002", "security.W003", "security.W020"]
