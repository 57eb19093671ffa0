"""Settings from the environment: NAME, or NAME_FILE for what belongs in a file."""

import json
import os
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_ENGINES = {"django.db.backends.postgresql", "django.db.backends.sqlite3"}
_KINDS = {
    "database": "Use postgres://user@host/name, or sqlite:////path/of/the/file.",
    "email": "Use smtp+tls://user:password@host:587, or consolemail://.",
}

# Django's own writes a file bit by bit under its final name, and the other waits for minutes.
_SAFER = {
    "django.core.files.storage.FileSystemStorage": "onboarding.storage.local.WholeFiles",
    "storages.backends.s3.S3Storage": "onboarding.storage.s3.WholeObjects",
    "storages.backends.s3boto3.S3Boto3Storage": "onboarding.storage.s3.WholeObjects",
}


def optional(name: str) -> str | None:
    """The value of NAME, or of the file that NAME_FILE names, stripped; None if neither is set."""
    plain, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if plain and file:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; keep one of them.")
    if file:
        return _read(f"{name}_FILE", Path(file))
    return plain.strip() or None


def file(name: str) -> Path | None:
    """The file that NAME_FILE names, for a setting that may change while a process runs."""
    path = os.environ.get(f"{name}_FILE", "")
    return Path(path).resolve() if path else None


def required(name: str, *, purpose: str) -> str:
    """The value of NAME; a missing one is told with its purpose."""
    value = optional(name)
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set: {purpose}. Set {name}, or {name}_FILE to a file that holds it."
        )
    return value


def text(name: str, default: str) -> str:
    return optional(name) or default


def number(name: str, default: int, *, minimum: int = 0) -> int:
    value = optional(name)
    if value is None:
        return default
    if not value.isdecimal() or int(value) < minimum:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; it must be a whole number from {minimum}."
        )
    return int(value)


def switch(name: str, *, default: bool) -> bool:
    """On or off, in these words."""
    value = text(name, "on" if default else "off").lower()
    if value not in {"on", "off"}:
        raise ImproperlyConfigured(f"{name} is “{value}”; it can be on or off.")
    return value == "on"


def clock(name: str, default: str) -> tuple[int, int]:
    """NAME as a time of day, such as 03:00: its hour and its minute."""
    value = optional(name) or default
    try:
        at = datetime.strptime(value, "%H:%M")  # noqa: DTZ007 - a time of day has no zone
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; give it as a time of day in UTC, such as 03:00."
        ) from error
    return at.hour, at.minute


def refuse(*names: str, process: str) -> None:
    """Stop a process that finds a secret in its environment which it must not hold."""
    found = [form for name in names for form in (name, f"{name}_FILE") if os.environ.get(form)]
    if found:
        raise ImproperlyConfigured(
            f"The {process} process must not hold {', '.join(found)}. "
            f"Remove it from this process's environment; it belongs to another process."
        )


def url(name: str, default: str, *, kind: str) -> dict[str, object]:
    """NAME as a database, cache or mail URL, in Django's form."""
    parse = {"database": environ.Env.db_url_config, "email": environ.Env.email_url_config}[kind]
    value = optional(name) or default
    try:
        known = dict(parse(value))
        if kind == "database" and known.get("ENGINE") not in _ENGINES:
            raise ValueError("another database")
        return known
    except (environ.ImproperlyConfigured, KeyError, ValueError) as error:
        # The value may carry a password, so the sentence names the setting only.
        raise ImproperlyConfigured(
            f"{name} is not a URL of a kind that is known here. {_KINDS[kind]}"
        ) from error


def public_url(name: str, default: str) -> str:
    """NAME as https://host, or as http://… where nobody but this machine listens."""
    value = (optional(name) or default).rstrip("/")
    try:
        parts = urlsplit(value)
        is_address = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or parts.scheme not in {"http", "https"} or parts.path or parts.query:
        raise ImproperlyConfigured(f"{name} is {value!r}; give it as https://host, without a path.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ImproperlyConfigured(
            f"{name} is {value!r}: passwords would travel in the clear. Use https."
        )
    return value


def broker_url(name: str, default: str) -> str:
    """NAME as kombu's URL of a Redis or Valkey server; `unix:` is redis-py's word for a socket."""
    value = optional(name) or default
    scheme, _, rest = value.partition("://")
    if scheme not in {"redis", "rediss", "unix", "redis+socket"} or not rest:
        # The value may carry a password, so the sentence names the setting only.
        raise ImproperlyConfigured(
            f"{name} must be redis://host, rediss://host or unix:///path of a Redis or Valkey"
            " server."
        )
    if scheme == "rediss" and "ssl_cert_reqs=" not in rest:
        # Else kombu would talk to whoever shows any certificate.
        value += f"{'&' if '?' in rest else '?'}ssl_cert_reqs=required"
    return f"redis+socket://{rest}" if scheme == "unix" else value


def storage(name: str) -> dict[str, object] | None:
    """NAME as one entry of Django's STORAGES, from JSON; None if it is not set."""
    value = optional(name)
    if value is None:
        return None
    try:
        entry = json.loads(value)
        backend = _SAFER.get(entry["BACKEND"], entry["BACKEND"])
        import_string(backend)
    except (ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
        raise ImproperlyConfigured(
            f'{name} must be JSON with a BACKEND that can be imported, as in {{"BACKEND":'
            ' "storages.backends.s3.S3Storage", "OPTIONS": {"bucket_name": "…"}}.'
        ) from error
    return {**entry, "BACKEND": backend}


def places(name: str) -> list[str]:
    """NAME as mail addresses and https URLs, with white space between."""
    found = (optional(name) or "").split()
    for one in found:
        parts = urlsplit(one)
        is_url = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if not (parts.hostname if is_url else "@" in one and ":" not in one):
            # It may carry a token, so the sentence names the setting only.
            raise ImproperlyConfigured(
                f"{name} takes mail addresses and https URLs, with spaces between; one of what it"
                " holds is neither."
            )
    return found


def folder(name: str, default: Path) -> Path:
    """NAME as a folder that is there, made for its owner alone if it was not."""
    path = Path(optional(name) or default).resolve()
    try:
        # One by one: a parent that is made on the way would be open to everybody.
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (path / "run").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is {path}, which cannot be used: {error.strerror}."
        ) from error
    return path


def _read(name: str, path: Path) -> str:
    try:
        content = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ImproperlyConfigured(
            f"{name} names {path}, which cannot be read: {reason}."
        ) from error
    if not content:
        raise ImproperlyConfigured(f"{name} names {path}, which is empty.")
    return content
