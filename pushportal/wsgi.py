"""The web process's WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pushportal.settings.web")

application = get_wsgi_application()
