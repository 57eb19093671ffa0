"""The processes of a run: what each is, and which settings it may know."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from pushportal.up.ports import HOST

_EVERY = (
    "VAR_DIR",
    "PUBLIC_URL",
    "APPLE_PORTAL_URL",
    "VENDOR_NAME",
    "VENDOR_CONTACT",
    "TRUST_ANCHORS",
)
# The database and the file storage; S3 keeps its own names.
_STORES = (
    *("DATABASE_URL", "REDIS_URL", "STORAGE", "CUSTODY_PUBLIC_KEY", "APPROVALS_REQUIRED"),
    *("STUCK_AFTER", "AUDIT_PUBLIC_KEY", "AUDIT_STORAGE"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"),
)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_SIGNING = (
    *("SIGNING_IDENTITY", "SIGNING_IDENTITY_PASSPHRASE", "SIGNER_NAME"),
    *("SIGNING_BATCH", "SIGNING_RATE", "SIGNING_DAILY_CAP"),
    # SoftHSM's own name for where its tokens are: a key in a token is not found without it.
    "SOFTHSM2_CONF",
)
_PEOPLE = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "EMAIL_URL", "DEFAULT_FROM_EMAIL")


@dataclass(frozen=True, slots=True)
class Process:
    """A process, its settings module and the names of the settings that it is given."""

    module: str | None = None
    settings: tuple[str, ...] = ()
    fixed: dict[str, str] = field(default_factory=dict)


# The process names are those of the log files and of what the console says.
PROCESSES = {
    "broker": Process(),
    "web": Process("web", (*_EVERY, *_STORES, *_PEOPLE, "TRUSTED_PROXIES", "STAFF_MFA", *_PROXIES)),
    "sandbox": Process("sandbox", (*_EVERY, "SANDBOX_SECRET_KEY")),
    "worker": Process(
        "worker",
        # It reaches the Internet; web only services by which people sign in.
        (
            *(
                *_EVERY,
                *_STORES,
                *_PEOPLE,
                *_PROXIES,
                "CUSTODY_PRIVATE_KEY",
                "SWEEP_AFTER",
                "REMIND_AT",
            ),
            *("AUDIT_KEY", "AUDIT_HEADS_TO", "AUDIT_HEAD_EVERY"),
        ),
    ),
    "signer": Process("signer", (*_EVERY, *_STORES, *_SIGNING)),
    # Its settings ask for a key, and it signs nothing: it need not know the real one.
    "beat": Process(
        "worker",
        ("VAR_DIR", "REDIS_URL", "VERIFY_STORE_AT", "VERIFY_AUDIT_AT", "REMIND_AT"),
        fixed={"SECRET_KEY": "beat-signs-nothing"},
    ),
}


def commands(port: int) -> dict[str, tuple[str, ...]]:
    """How each process but the broker is started."""
    return {
        "web": _granian("portal", port=port, workers=2),
        "sandbox": _granian("sandbox", port=port + 1, workers=1),
        "worker": _celery("worker", "default", concurrency=2),
        "signer": _celery("signer", "signing", concurrency=1),
        "beat": (*_module("celery"), "-A", "pushportal", "beat", "--pidfile", "", "-l", "INFO"),
    }


def _granian(application: str, *, port: int, workers: int) -> tuple[str, ...]:
    return (
        *_module("granian"),
        *("--interface", "wsgi", "--host", HOST, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", "1", "--backpressure", "64"),
        *("--workers-kill-timeout", "5", "--factory"),
        f"pushportal.up.applications:{application}",
    )


def _celery(name: str, queue: str, *, concurrency: int) -> tuple[str, ...]:
    return (
        *_module("celery"),
        *("-A", "pushportal", "worker", "-Q", queue, "-n", f"{name}@localhost"),
        *("--concurrency", str(concurrency), "--without-gossip", "--without-mingle", "-l", "INFO"),
    )


def _module(name: str) -> tuple[str, ...]:
    # Not the script in .venv/bin: its first line cannot hold a long path, nor one with a space.
    return (str(Path(sys.executable)), "-m", name)
