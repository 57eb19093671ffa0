"""The stand-in for Apple, on a developer's machine only: its own pages, no database."""

from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from pushportal.settings import env
from pushportal.settings.base import *

if urlsplit(PUBLIC_URL).hostname not in env.LOOPBACK:
    raise ImproperlyConfigured(
        f"The stand-in for Apple runs on a developer's machine only; PUBLIC_URL is {PUBLIC_URL!r}."
    )

SANDBOX = True
SECRET_KEY = env.required("SANDBOX_SECRET_KEY", purpose="it signs the stand-in's sessions")
INSTALLED_APPS = ["pushportal.sandbox", "django.contrib.staticfiles", "csp"]
DATABASES = {}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
# Cookies know no ports: with the portal's names, each would sign the other out.
SESSION_COOKIE_NAME = "sandbox_session"
CSRF_COOKIE_NAME = "sandbox_csrf"
ROOT_URLCONF = "pushportal.sandbox.urls"
WSGI_APPLICATION = "pushportal.sandbox.wsgi.application"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
CSRF_FAILURE_VIEW = "pushportal.sandbox.views.csrf_failure"
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "sandbox" / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
