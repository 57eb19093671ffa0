"""Wiring: settings, URLs, the Celery application. No domain logic."""
