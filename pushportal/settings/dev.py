"""Management commands on a developer's machine: every process's commands, on the sandbox."""

import os
import secrets
from pathlib import Path

_base_dir = Path(__file__).resolve().parents[2]
_var_dir = Path(os.environ.get("VAR_DIR") or _base_dir / "var")
# What `manage.py up` prepared; anything that is set in the environment comes first.
_prepared = {
    "SECRET_KEY_FILE": _var_dir / "secrets" / "secret_key",
    "CUSTODY_PUBLIC_KEY_FILE": _var_dir / "secrets" / "custody_public_key",
    "CUSTODY_PRIVATE_KEY_FILE": _var_dir / "secrets" / "custody_private_key",
    "AUDIT_KEY_FILE": _var_dir / "secrets" / "audit_key",
    "AUDIT_PUBLIC_KEY_FILE": _var_dir / "secrets" / "audit_public_key",
    "TRUST_ANCHORS_FILE": _var_dir / "sandbox" / "anchors.pem",
}
for _name, _path in _prepared.items():
    if _path.exists() and not os.environ.keys() & {_name, _name.removesuffix("_FILE")}:
        os.environ[_name] = str(_path)

from pushportal.settings import env  # noqa: E402 - the defaults above come first
from pushportal.settings.pages import *  # noqa: E402
from pushportal.settings.signing import *  # noqa: E402

SECRET_KEY = env.optional("SECRET_KEY") or secrets.token_urlsafe(50)
CUSTODY_PRIVATE_KEY = env.optional("CUSTODY_PRIVATE_KEY")
CUSTODY_PRIVATE_KEY_FILE = env.file("CUSTODY_PRIVATE_KEY")
AUDIT_KEY = env.optional("AUDIT_KEY")
AUDIT_HEADS_TO = env.places("AUDIT_HEADS_TO")
AUDIT_HEAD_EVERY = env.number("AUDIT_HEAD_EVERY", 3600, minimum=60)
_identity = _var_dir / "sandbox" / "vendor.pem"
if env.optional("SIGNING_IDENTITY") is None and _identity.exists():
    SIGNING_IDENTITY = _identity.as_uri()

SANDBOX = True
INSTALLED_APPS = [*INSTALLED_APPS, "signing", "pushportal.sandbox"]
CELERY_IMPORTS = ["onboarding.tasks", "signing.tasks", "signing.pulse"]
