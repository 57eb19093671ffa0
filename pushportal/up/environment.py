"""Who is told what: the settings of a run, and the share of each process."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pushportal.settings.env import LOOPBACK

# What any program needs of the machine it runs on.
_SYSTEM = {
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LANGUAGE"),
    *("LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
}


def complete(
    environ: Mapping[str, str], *, var: Path, port: int, broker: str | None
) -> dict[str, str]:
    """The caller's environment, and the sandbox's settings where the caller has none."""
    sandbox = _sandbox(var, port=port)
    # The settings for development, which this command runs under, set some of the same.
    given = {n: value for n, value in environ.items() if value and value != sandbox.get(n)}
    own = {
        name: value
        for name, value in sandbox.items()
        if not names(name.removesuffix("_FILE")) & given.keys()
    }
    if names("CUSTODY_PUBLIC_KEY", "CUSTODY_PRIVATE_KEY") & given.keys():
        # The halves belong together: half a pair from here would fit nothing.
        own = {name: value for name, value in own.items() if not name.startswith("CUSTODY_")}
    if urlsplit(given.get("PUBLIC_URL", "")).hostname not in {None, *LOOPBACK}:
        # Not only for this machine any more: then staff need their second factor.
        own.pop("STAFF_MFA", None)
    if names("AUDIT_KEY", "AUDIT_PUBLIC_KEY") & given.keys():
        own = {name: value for name, value in own.items() if not name.startswith("AUDIT_")}
    if broker:
        own["REDIS_URL"] = broker
    return {**own, **given, "VAR_DIR": str(var)}


def share(environ: Mapping[str, str], *settings: str) -> dict[str, str]:
    """What one process gets: the named settings, and what any program needs."""
    allowed = names(*settings) | _SYSTEM
    return {name: value for name, value in environ.items() if name in allowed}


def names(*settings: str) -> set[str]:
    """Both forms of each setting: NAME and NAME_FILE."""
    return {form for name in settings for form in (name, f"{name}_FILE")}


def has_any(environ: Mapping[str, str], settings: Iterable[str]) -> bool:
    return any(environ.get(name) for name in names(*settings))


def _sandbox(var: Path, *, port: int) -> dict[str, str]:
    secrets, sandbox = var / "secrets", var / "sandbox"
    return {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "APPLE_PORTAL_URL": f"http://127.0.0.1:{port + 1}/",
        "VENDOR_NAME": "Example MDM",
        "STAFF_MFA": "off",
        "TRUST_ANCHORS_FILE": str(sandbox / "anchors.pem"),
        "SIGNING_IDENTITY": (sandbox / "vendor.pem").as_uri(),
        "SECRET_KEY_FILE": str(secrets / "secret_key"),
        "SANDBOX_SECRET_KEY_FILE": str(secrets / "sandbox_secret_key"),
        "CUSTODY_PUBLIC_KEY_FILE": str(secrets / "custody_public_key"),
        "CUSTODY_PRIVATE_KEY_FILE": str(secrets / "custody_private_key"),
        "AUDIT_KEY_FILE": str(secrets / "audit_key"),
        "AUDIT_PUBLIC_KEY_FILE": str(secrets / "audit_public_key"),
    }
