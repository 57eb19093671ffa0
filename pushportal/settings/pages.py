"""People's pages and the admin: what the web process serves, and dev and tests too."""

from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from pushportal.settings import env
from pushportal.settings.base import *

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    *INSTALLED_APPS,
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the CSRF check, the first to read what was sent: it bounds how much.
    "onboarding.portal.middleware.PortalMiddleware",
    "onboarding.admin.uploads.StaffUploads",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # After whoever signed in is known, before anything that speaks.
    "onboarding.portal.reader.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "onboarding.portal.second_factor.StaffSecondFactor",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "pushportal.urls"
TEMPLATES[0]["OPTIONS"]["libraries"] |= {"portal": "onboarding.portal.tags"}
CSRF_FAILURE_VIEW = "onboarding.portal.error_pages.csrf_failure"
WSGI_APPLICATION = "pushportal.wsgi.application"

_public = urlsplit(PUBLIC_URL)
_is_loopback = _public.hostname in env.LOOPBACK
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"] if _is_loopback else [_public.hostname]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
_is_https = _public.scheme == "https"
SECURE_SSL_REDIRECT = _is_https
# The health check is asked by machines inside, in plain HTTP.
SECURE_REDIRECT_EXEMPT = ["^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_https
SECURE_HSTS_PRELOAD = _is_https
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
# Each address behind the proxy would otherwise be the proxy's own, and the limits everyone's.
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 1 if _is_https else 0)
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "onboarding.portal.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
# A mail to a stranger's address would say no more than the page does, and could annoy.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# The worker makes the links of reset mails: with Django's own generator it needs no allauth.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - the name of a class
# Per address of the network and per account; counted in the cache, so across all workers.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/300s/key"}

# Earlier keys: what was signed or sealed with them is still taken, and nothing new is.
SECRET_KEY_FALLBACKS = (env.optional("SECRET_KEY_FALLBACKS") or "").split()
MFA_ADAPTER = "onboarding.portal.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A phone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "activate_totp": "onboarding.portal.codes.SetUpForm",
    "authenticate": "onboarding.portal.codes.SecondStepForm",
    "authenticate_webauthn": "onboarding.portal.codes.SecondStepPasskeyForm",
    "login_webauthn": "onboarding.portal.passkeys.SignInForm",
    "reauthenticate": "onboarding.portal.codes.AgainForm",
    "reauthenticate_webauthn": "onboarding.portal.codes.AgainPasskeyForm",
}
# A browser makes passkeys over http for localhost alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _is_https
SOCIALACCOUNT_ADAPTER = "onboarding.portal.elsewhere.ElsewhereAdapter"
# A sign-in elsewhere begins with a link: the policy lets forms lead to our own pages only.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
# Whether staff need a second factor; off for trying out on one machine only.
STAFF_MFA = env.switch("STAFF_MFA", default=True)

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
STORAGES |= {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# The staff's pages: what each value names is in onboarding.admin.theme.
UNFOLD = {
    "SITE_TITLE": "Push certificates",
    "SITE_HEADER": "Push certificates",
    "SITE_SUBHEADER": "onboarding.admin.theme.vendor",
    "SITE_SYMBOL": "verified_user",
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": "onboarding.admin.theme.icons",
    "STYLES": ["onboarding.admin.theme.colour_sheet", "onboarding.admin.theme.style_sheet"],
    "SCRIPTS": [f"onboarding.admin.theme.{name}" for name in ("expressions", "script", "forms")],
    "COLORS": "onboarding.admin.theme.colours",
    "SIDEBAR": {"navigation": "onboarding.admin.theme.navigation"},
    "TABS": "onboarding.admin.theme.tabs",
    "DASHBOARD_CALLBACK": "onboarding.admin.dashboard.context",
}
