"""The web process: people's pages and the admin. It holds no private key of any kind."""

from pushportal.settings import env

env.refuse(
    *("SIGNING_IDENTITY", "SIGNING_IDENTITY_PASSPHRASE", "CUSTODY_PRIVATE_KEY", "AUDIT_KEY"),
    process="web",
)

from pushportal.settings.pages import *  # noqa: E402 - a key is refused before anything is loaded

SECRET_KEY = env.required("SECRET_KEY", purpose="it signs sessions and links")

# A broker that hangs must not hold a click either. Here alone: elsewhere Celery waits for messages
# on the same connections.
CELERY_BROKER_TRANSPORT_OPTIONS = {**CELERY_BROKER_TRANSPORT_OPTIONS, "socket_timeout": 1}
