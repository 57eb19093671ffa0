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

# Signs the heads of the audit trail; without it none leaves, and staff are told.
AUDIT_KEY = env.optional("AUDIT_KEY")
# To whom heads go beside the storage: mail addresses and https URLs.
AUDIT_HEADS_TO = env.places("AUDIT_HEADS_TO")
# Seconds between two heads, while there are new Events.
AUDIT_HEAD_EVERY = env.number("AUDIT_HEAD_EVERY", 3600, minimum=60)

# When the nightly comparison of database and file storage begins, in UTC.
_hour, _minute = env.clock("VERIFY_STORE_AT", "03:00")
# And the nightly verification of the audit trail.
_audit_hour, _audit_minute = env.clock("VERIFY_AUDIT_AT", "04:00")

CELERY_IMPORTS = ["onboarding.tasks"]
# These look at the present: one that nobody took for a minute is of no use any more.
_PRESENT = {"expires": 60}
_SOON = {"expires": 10}
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
    "seal events": {"task": "onboarding.seal_events", "schedule": 5.0, "options": _SOON},
    "send heads": {"task": "onboarding.send_heads", "schedule": 60.0, "options": _PRESENT},
    "verify the audit trail": {
        "task": "onboarding.begin_audit_verification",
        "schedule": crontab(hour=_audit_hour, minute=_audit_minute),
    },
    "watch the trail": {"task": "onboarding.watch_trail", "schedule": 30.0, "options": _PRESENT},
    "watch": {"task": "onboarding.watch", "schedule": 15.0, "options": _PRESENT},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "run" / "beat-schedule")

# No middleware, no CSRF, no allowed hosts to check: this process serves no HTTP.
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002", "security.W003", "security.W020"]
