"""The Apple Account is noted, and an active certificate that lacks it gets it."""

import pytest

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Event, PushCertificate, User


def test_an_active_certificate_without_an_account_gets_the_one_that_is_noted(
    active: PushCertificate, ada: User
) -> None:
    PushCertificate.objects.filter(pk=active.pk).update(apple_account="")

    lifecycle.set_apple_account(active.customer, apple_account="it@acme.example", by=Actor.of(ada))

    active.refresh_from_db()
    assert active.apple_account == "it@acme.example"
    assert Event.objects.filter(verb="set_apple_account", actor=ada).count() == 1


def test_a_certificate_keeps_the_account_that_it_was_made_with(
    active: PushCertificate, ada: User
) -> None:
    lifecycle.set_apple_account(active.customer, apple_account="it@acme.example", by=Actor.of(ada))

    active.refresh_from_db()
    assert active.apple_account == "push@acme.example"


def test_a_reader_cannot_note_it(active: PushCertificate, bob: User) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.set_apple_account(active.customer, apple_account="x@y.example", by=Actor.of(bob))
