"""A trail of Events as the verbs write them, with the key that signs its heads."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from onboarding import keys, lifecycle
from onboarding.audit import sealing
from onboarding.lifecycle import Actor
from onboarding.models import Customer, EventSeal, User

EVENTS = 40
AUDIT_KEY, AUDIT_PUBLIC_KEY = keys.new_audit_key_pair()


@pytest.fixture(autouse=True)
def audit_key(settings: Settings) -> None:
    settings.AUDIT_KEY, settings.AUDIT_PUBLIC_KEY = AUDIT_KEY, AUDIT_PUBLIC_KEY


@pytest.fixture
def write(acme: Customer, ada: User) -> None:
    """EVENTS Events of Ada, who cannot decide on an Apple Account."""
    for number in range(EVENTS):
        lifecycle.set_apple_account(acme, apple_account=f"push{number}@acme.example", by=of(ada))


@pytest.fixture
def chain(write: None) -> int:
    """How many Events there are, all of them sealed."""
    sealing.seal(now=timezone.now())
    return EventSeal.objects.count()


def of(user: User) -> Actor:
    return Actor.of(user)
