"""The WSGI applications as `manage.py up` serves them: granian's workers end with granian."""

import multiprocessing
from importlib import import_module

from django.core.handlers.wsgi import WSGIHandler

from pushportal.up import tied


def portal() -> WSGIHandler:
    return _tied("pushportal.wsgi")


def sandbox() -> WSGIHandler:
    return _tied("pushportal.sandbox.wsgi")


def _tied(module: str) -> WSGIHandler:
    # A worker that outlived granian would keep the port, and answer with yesterday's code.
    granian = multiprocessing.parent_process()
    if granian and granian.pid:
        tied.to_parent(granian.pid)
    # By name: each of the two processes may load only its own, under its own settings.
    application: WSGIHandler = import_module(module).application
    return application
