"""The suite: dev's applications on a folder of its own, nothing from the caller's environment."""

import os
import tempfile

for _name in (
    *("SIGNING_IDENTITY", "CUSTODY_PRIVATE_KEY", "CUSTODY_PUBLIC_KEY", "TRUST_ANCHORS"),
    *("AUDIT_KEY", "AUDIT_PUBLIC_KEY", "AUDIT_STORAGE", "AUDIT_HEADS_TO"),
):
    for _form in (_name, f"{_name}_FILE"):
        os.environ.pop(_form, None)
# The stores of the suite: the suite's own plugin says where they are, never the caller.
for _name in ("DATABASE_URL", "STORAGE", "REDIS_URL"):
    for _form in (_name, f"{_name}_FILE"):
        os.environ.pop(_form, None)
    if _given := os.environ.get(f"TESTS_{_name}"):
        os.environ[_name] = _given
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="pushportal-tests-")

from pushportal.settings.dev import *  # noqa: E402 - the folder is chosen first

SECRET_KEY = "tests"  # noqa: S105 - signs nothing that leaves the suite
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
# Nothing listens there: a nudge that a test did not ask for is refused at once.
CELERY_BROKER_URL = f"redis+socket://{VAR_DIR}/no-broker.sock"
# Tests of the second factor switch it on; the others sign in staff without one.
STAFF_MFA = False
