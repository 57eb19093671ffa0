"""The web process's WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from pushportal import demands

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pushportal.settings.web")

demands.readable_settings()
application = get_wsgi_application()
demands.passed_checks()
