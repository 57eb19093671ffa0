"""What every process shares: database, broker, files, models."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy

from pushportal.settings import env

BASE_DIR = Path(__file__).resolve().parents[2]
# Made here, for migrations and beat are the first to look for it on a fresh machine.
VAR_DIR = env.folder("VAR_DIR", BASE_DIR / "var")

DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
# Each in its own words; `onboarding.models.User.language` is one of these, without its country.
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "templates" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "pushportal.formats"

# Where people reach the portal: hosts, cookies, links in mails and TLS follow from this one.
PUBLIC_URL = env.public_url("PUBLIC_URL", "http://127.0.0.1:8000")
APPLE_PORTAL_URL = env.text("APPLE_PORTAL_URL", "https://identity.apple.com/pushcert/")
VENDOR_NAME = env.text("VENDOR_NAME", "") or gettext_lazy("your MDM vendor")
# Whom people ask who cannot get on: on every page, signed in or not, and in mails.
VENDOR_CONTACT = env.places("VENDOR_CONTACT")

INSTALLED_APPS = [
    # First: its commands stand in for Django's of the same name.
    "onboarding",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    # Its commands, and Celery's set-up; it has no models.
    "pushportal",
]
AUTH_USER_MODEL = "onboarding.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES = {
    "default": env.url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}", kind="database")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # With these, concurrent writers wait for each other; Django's defaults fail with "locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}

# Sign-in limits must hold across all web workers: the database is the one thing they share.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}

# Files: sealed keys, uploads as they came. STORAGE is JSON in the form of one STORAGES entry.
STORAGES = {
    "default": env.storage("STORAGE")
    or {
        "BACKEND": "onboarding.storage.local.WholeFiles",
        "OPTIONS": {
            "location": str(VAR_DIR / "files"),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# Heads of the audit trail: a storage of their own, such as a bucket with an object lock.
if _audit_storage := env.storage("AUDIT_STORAGE"):
    STORAGES["audit"] = _audit_storage

# Any: each backend has options of its own.
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "onboarding.portal.context.portal",
            ],
            "libraries": {"moments": "onboarding.mail_tags"},
        },
    }
]

_socket = VAR_DIR / "run" / "broker.sock"
CELERY_BROKER_URL = env.broker_url("REDIS_URL", f"redis+socket://{_socket}")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A task of a killed worker comes back after this many seconds, and not 100 later.
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A click must not wait for a broker that is down: kombu's own patience is six seconds.
    "socket_connect_timeout": 1,
    "max_retries": 0,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Below the visibility timeout: a task is never running twice because it was merely slow.
CELERY_TASK_TIME_LIMIT = 100
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"signing.*": {"queue": "signing"}}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# Push keys are sealed to this; it is public (base64 of 32 bytes, X25519).
CUSTODY_PUBLIC_KEY = env.text("CUSTODY_PUBLIC_KEY", "")
# Read anew on each use: `custody rotate` changes it under running processes.
CUSTODY_PUBLIC_KEY_FILE = env.file("CUSTODY_PUBLIC_KEY")
# Heads of the audit trail are verified with these; public (base64 of 32 bytes, Ed25519), several
# with white space between, newest first.
AUDIT_PUBLIC_KEY = env.text("AUDIT_PUBLIC_KEY", "")
# PEM text or the path of a PEM file; empty: Apple's root, which is packaged.
TRUST_ANCHORS = env.optional("TRUST_ANCHORS")
APPROVALS_REQUIRED = env.number("APPROVALS_REQUIRED", 1, minimum=1)
# Seconds after which work that waits is asked for again.
SWEEP_AFTER = env.number("SWEEP_AFTER", 20, minimum=1)
# Seconds after which a CSR or an export that waits is told to staff as stuck.
STUCK_AFTER = env.number("STUCK_AFTER", 60, minimum=1)

# When a day's reminders are told, in UTC; after it the sweep asks for them while they are missing.
REMIND_AT = env.clock("REMIND_AT", "06:00")

EMAIL = env.url("EMAIL_URL", f"filemail://{VAR_DIR / 'mail'}", kind="email")
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL.get("EMAIL_HOST") or ""
EMAIL_PORT = EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(EMAIL.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(EMAIL.get("EMAIL_USE_SSL"))
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL", f"Push certificate portal <portal@{urlsplit(PUBLIC_URL).hostname}>"
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"secret addresses": {"()": "onboarding.secret_addresses.Redaction"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["secret addresses"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
