"""The stand-in for Apple as a WSGI application of its own."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pushportal.settings.sandbox")

application = get_wsgi_application()
