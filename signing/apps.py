"""The application `signing`: the signer's task, its check and the vendor's own commands."""

from django.apps import AppConfig


class SigningConfig(AppConfig):
    # `signing.checks` is found by the application `onboarding`, as every application's checks are.
    name = "signing"
    verbose_name = "Signing"
