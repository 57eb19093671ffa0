"""The public half of the custody key, as it is set now; for every process."""

from pathlib import Path

from django.conf import settings

from onboarding import errors, seal


def current() -> str:
    """What is sealed to: base64 of 32 bytes. Raises InvalidSeal with what to set.

    A file is read each time, for `custody rotate` changes it under running processes.
    """
    file = settings.CUSTODY_PUBLIC_KEY_FILE
    found = read(file, "CUSTODY_PUBLIC_KEY") if file else settings.CUSTODY_PUBLIC_KEY
    if not found:
        raise errors.InvalidSeal(
            "CUSTODY_PUBLIC_KEY is not set here, so nothing can be sealed. Set it to the public"
            " half of the custody key."
        )
    seal.raw(found, "CUSTODY_PUBLIC_KEY")
    return str(found)


def read(file: Path, setting: str) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise errors.InvalidSeal(
            f"{setting}_FILE names {file}, which cannot be read: {reason}."
        ) from None
