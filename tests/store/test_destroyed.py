"""A key that was destroyed and is there again: found under every name that it ever had."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from onboarding import keys, lifecycle, storage, tasks
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Alarm, Event, PushCertificate, StoreVerification, User
from tests.conftest import CUSTODY_PUBLIC_KEY
from tests.store.conftest import find, kinds, make_old
from tests.stores import path

Seals = dict[str, bytes]


@pytest.fixture
def seals(whole: PushCertificate) -> Seals:
    """Each seal that the key ever had, by its name: one from before it was sealed anew, and one
    of a try that broke off."""
    csr = whole.csr
    kept = {csr.sealed_key: storage.get(csr.sealed_key)}
    for is_recorded in (False, True):
        content = keys.seal(
            keys.new_push_key(), csr_id=csr.pk, custody_public_key=CUSTODY_PUBLIC_KEY
        )
        name = storage.put(storage.SEALED_KEYS, content)
        kept[name] = content
        lifecycle.begin_reseal(csr, file=name, custody_key="ab" * 32, by=Actor.worker())
        if is_recorded:
            CSR.objects.filter(pk=csr.pk).update(sealed_key=name)
            csr.refresh_from_db()
    return kept


@pytest.fixture
def gone(seals: Seals, whole: PushCertificate, ada: User) -> CSR:
    """The key was destroyed, and every file with it."""
    lifecycle.destroy_key(whole.csr, by=Actor.of(ada))
    tasks.destroy(str(whole.csr_id))
    assert not [name for name in seals if storage.exists(name)]
    return CSR.objects.get(pk=whole.csr.pk)


def test_nothing_is_said_of_a_key_that_stays_gone(gone: CSR) -> None:
    assert find(later=timedelta(days=2)) == []


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("age", ["its own", "new, as S3 brings it back"])
def test_a_seal_that_came_back_from_a_backup_is_found(
    gone: CSR, seals: Seals, which: int, age: str
) -> None:
    name, content = [*seals.items()][which]
    if age == "its own":
        make_old(name, content)
    else:
        storage.put(storage.SEALED_KEYS, content)

    (found,) = find()

    assert (found.kind, found.about) == ("left", name)
    assert f"holds the push key of CSR {gone.pk} of Acme, sealed" in found.sentence
    assert f"destroyed and seen to be gone on {gone.key_gone_at:%Y-%m-%d}" in found.sentence
    assert "see that no backup keeps it either" in found.sentence
    assert "`manage.py verify_store --delete-orphans` deletes it." in found.sentence


def test_what_came_back_is_deleted_as_it_says(gone: CSR, seals: Seals) -> None:
    for name, content in seals.items():
        make_old(name, content)

    call_command("verify_store", "--delete-orphans", "--yes")

    assert not [name for name in seals if path(name).exists()]
    assert Event.objects.filter(verb="delete_orphan").count() == 3
    assert find() == []


def test_the_nightly_comparison_alarms_staff_of_it(gone: CSR, seals: Seals) -> None:
    make_old(*next(iter(seals.items())))
    row = StoreVerification.objects.create(started_at=timezone.now())

    tasks.verify_store(row.pk)

    assert "It has come back" in Alarm.objects.open().get().sentence


def test_an_older_seal_of_a_key_that_is_kept_is_a_mere_orphan(
    seals: Seals, whole: PushCertificate
) -> None:
    CSR.objects.update(key_destroyed_at=None)

    findings = find(later=timedelta(hours=2))

    # The one in use is of another key here, which is told as well.
    assert kinds([one for one in findings if one.about != whole.csr.sealed_key]) == ["orphan"] * 2


def test_a_key_whose_time_to_go_has_not_come_to_its_end_is_not_called_left(
    seals: Seals, whole: PushCertificate, ada: User
) -> None:
    lifecycle.destroy_key(whole.csr, by=Actor.of(ada))

    assert find() == []


def test_a_key_that_does_not_go_is_left_under_all_its_names(
    seals: Seals, whole: PushCertificate
) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    CSR.objects.filter(pk=whole.csr.pk).update(key_destroyed_at=yesterday)

    findings = find()

    assert kinds(findings) == ["left"] * 3
    assert {one.about for one in findings} == {*seals}
    assert all("was to be destroyed" in one.sentence for one in findings)
