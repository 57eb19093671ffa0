"""The application `onboarding`: its models, checks and commands."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OnboardingConfig(AppConfig):
    name = "onboarding"
    verbose_name = "Portal"

    def ready(self) -> None:
        autodiscover_modules("checks")
