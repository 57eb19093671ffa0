"""`tests.faults.pages:portal`: the product's pages without the guard of their nudges."""

import django
from django.core.handlers.wsgi import WSGIHandler

django.setup()

from pushportal.up import applications  # noqa: E402 - Django comes first
from tests.faults import guards  # noqa: E402


def portal() -> WSGIHandler:
    guards.nudge_off()
    return applications.portal()
