"""Settings from the environment: NAME, or NAME_FILE for what belongs in a file."""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured


def optional(name: str) -> str | None:
    """The value of NAME, or of the file that NAME_FILE names, stripped; None if neither is set."""
    plain, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if plain and file:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; keep one of them.")
    if file:
        return _read(f"{name}_FILE", Path(file))
    return plain.strip() or None


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
        return dict(parse(value))
    except (environ.ImproperlyConfigured, KeyError, ValueError) as error:
        # The value may carry a password, so the sentence names the setting only.
        raise ImproperlyConfigured(f"{name} is not a URL of a known kind.") from error


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
