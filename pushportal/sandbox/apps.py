"""The stand-in for Apple as a Django application, which production settings cannot load."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class SandboxConfig(AppConfig):
    name = "pushportal.sandbox"
    label = "sandbox"
    verbose_name = "Stand-in for Apple"

    def ready(self) -> None:
        # "True" or 1 from a careless settings module is not consent: only True itself is.
        if getattr(settings, "SANDBOX", False) is not True:
            raise ImproperlyConfigured(
                "pushportal.sandbox is a stand-in for Apple, for a developer's machine only, and "
                "these settings do not set SANDBOX to True. Remove it from INSTALLED_APPS."
            )
