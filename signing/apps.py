"""The application `signing`: its system check, its task and the vendor's own commands."""

from importlib import import_module

from django.apps import AppConfig


class SigningConfig(AppConfig):
    name = "signing"
    verbose_name = "Signing"

    def ready(self) -> None:
        # Registering the check is an import, and models must be loaded before it.
        import_module("signing.checks")
