"""The signer: the vendor's key, and nothing else. It needs no Internet."""

import secrets

from pushportal.settings import env
from pushportal.settings.base import *
from pushportal.settings.signing import *

env.refuse("CUSTODY_PRIVATE_KEY", "SECRET_KEY", "AUDIT_KEY", process="signer")

# Nothing here is signed for the web: a key that nobody else knows serves Django's start-up.
SECRET_KEY = secrets.token_urlsafe(50)

INSTALLED_APPS = [*INSTALLED_APPS, "signing"]

CELERY_IMPORTS = ["signing.tasks", "signing.pulse"]

# No middleware, no CSRF, no allowed hosts to check: this process serves no HTTP.
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002", "security.W003", "security.W020"]
