"""The Celery application that every process shares; each process's settings choose its tasks."""

import os

from celery import Celery

from pushportal import demands

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pushportal.settings.dev")

demands.readable_settings()
app = Celery("pushportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
# `celery.current_app` must be this one, so that `onboarding.queue` can ask for work by name.
app.set_default()
