"""A comparison ends once, by the worker alone, and what an operator deletes is written down."""

import pytest
from django.utils import timezone

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Event, StoreVerification, User


@pytest.fixture
def running(db: None) -> StoreVerification:
    return StoreVerification.objects.create(
        started_at=timezone.now(), differences=2, findings=["One.", "Two."]
    )


def test_it_ends_once(running: StoreVerification) -> None:
    for _ in range(2):
        lifecycle.verify_store(running, is_complete=True, by=Actor.worker())

    assert Event.objects.filter(verb="verify_store").count() == 1
    assert Event.objects.filter(verb="raise_alarm").count() == 1


def test_the_first_of_several_differences_is_told(running: StoreVerification) -> None:
    lifecycle.verify_store(running, is_complete=True, by=Actor.worker())

    sentence = Event.objects.get(verb="raise_alarm").facts["sentence"]
    assert "found 2 differences between files and database, the first: One." in sentence


def test_nobody_else_says_what_came_of_it(running: StoreVerification, sam: User) -> None:
    for by in (Actor.of(sam), Actor.signer()):
        with pytest.raises(errors.NotAllowed):
            lifecycle.verify_store(running, is_complete=True, by=by)
    for by in (Actor.of(sam), Actor.signer(), Actor.operator()):
        with pytest.raises(errors.NotAllowed):
            lifecycle.hinder_store_verification(running, why="", by=by)

    running.refresh_from_db()
    assert running.finished_at is None


def test_only_an_operator_deletes_orphans(db: None, sam: User) -> None:
    for by in (Actor.of(sam), Actor.worker()):
        with pytest.raises(errors.NotAllowed):
            lifecycle.delete_orphan("uploads/ab", by=by)

    assert not Event.objects.filter(verb="delete_orphan").exists()
