"""The application `pushportal`: its commands, and the Celery application for every process."""

from django.apps import AppConfig

from pushportal.celery import app


class PushportalConfig(AppConfig):
    name = "pushportal"
    # Named here, so that a process that only asks for work has loaded it too: without it Celery
    # would ask a broker on localhost.
    celery = app
