"""Files: gone, changed, swapped, left behind, known to nobody; each is found, and by its name."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from onboarding import keys, lifecycle, storage, store
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    PushCertificate,
    User,
)
from onboarding.store import Kind
from tests.store.conftest import find, kinds, make_old, old_file
from tests.stores import path


def the_one() -> store.Finding:
    findings = find()
    assert len(findings) == 1, findings
    return findings[0]


def test_where_all_is_right_nothing_is_found(whole: PushCertificate) -> None:
    bench = store.Bench.current(now=timezone.now())

    tally = store.Tally()
    for page, _ in store.pages(bench):
        tally.add(page)

    assert tally.sentences == []
    assert tally.differences == tally.unchecked == tally.past == 0
    assert tally.checked == {
        "vendor certificates": 1,
        "CSRs": 2,
        "signed requests": 2,
        "push certificates": 1,
        "sealed keys": 1,
        "CSR uploads": 1,
        "certificate uploads": 1,
        "attachments": 0,
        "reports": 0,
        "exports": 0,
        "files of sealed-keys": 1,
        "files of uploads": 2,
        "files of exports": 0,
        "files of reports": 0,
        "files of probes": 0,
        "files elsewhere": 0,
    }
    assert tally.total == 12


@pytest.mark.parametrize("which", ["sealed_key", "csr_upload", "certificate_upload"])
@pytest.mark.parametrize("damage", ["missing", "changed", "torn"])
def test_a_file_that_is_gone_or_no_longer_the_same(
    whole: PushCertificate, uploaded: CSR, which: str, damage: str
) -> None:
    name, owner = {
        "sealed_key": (whole.csr.sealed_key, f"sealed push key of CSR {whole.csr.pk} of Acme"),
        "csr_upload": (uploaded.upload, f"uploaded file of CSR {uploaded.pk} of Globex"),
        "certificate_upload": (whole.upload, f"push certificate {whole.serial} of Acme"),
    }[which]
    content = path(name).read_bytes()
    if damage == "missing":
        path(name).unlink()
    else:
        half = content[: len(content) // 2]
        path(name).write_bytes(half if damage == "torn" else half + b"\0" + half)

    found = the_one()

    assert found.kind == ("missing" if damage == "missing" else "changed")
    assert found.about == name
    assert name in found.sentence
    assert owner in found.sentence
    assert "Bring the file back from a backup" in found.sentence


def test_two_sealed_keys_that_changed_places(whole: PushCertificate, signed_at_globex: CSR) -> None:
    mine, theirs = whole.csr.sealed_key, signed_at_globex.sealed_key
    CSR.objects.filter(pk=whole.csr.pk).update(sealed_key=theirs)
    CSR.objects.filter(pk=signed_at_globex.pk).update(sealed_key=mine)

    findings = find()

    assert kinds(findings) == ["changed", "changed"]
    assert {one.about for one in findings} == {mine, theirs}
    assert all("does not open to the key of its CSR" in one.sentence for one in findings)


def test_a_seal_of_another_key_for_the_right_csr(
    whole: PushCertificate, settings: Settings
) -> None:
    other = keys.seal(
        keys.new_push_key(),
        csr_id=whole.csr.pk,
        custody_public_key=settings.CUSTODY_PUBLIC_KEY,
    )
    old = whole.csr.sealed_key
    CSR.objects.filter(pk=whole.csr.pk).update(sealed_key=storage.put(storage.SEALED_KEYS, other))
    storage.delete(old)

    found = the_one()

    assert found.kind == "changed"
    assert "is another one than that of its CSR" in found.sentence


def test_sealed_keys_are_not_opened_without_the_custody_key(
    whole: PushCertificate, settings: Settings
) -> None:
    settings.CUSTODY_PRIVATE_KEY = None

    found = the_one()

    assert found.kind is Kind.UNCHECKED
    assert not found.is_difference
    assert "was not opened" in found.sentence


def test_a_seal_to_a_custody_key_that_is_not_held_is_not_called_broken(
    whole: PushCertificate,
) -> None:
    CSR.objects.filter(pk=whole.csr.pk).update(custody_key="ab" * 32)

    found = the_one()

    assert found.kind is Kind.UNCHECKED
    assert "does not hold custody key abababab" in found.sentence


def test_two_uploads_that_changed_places(whole: PushCertificate, uploaded: CSR) -> None:
    PushCertificate.objects.filter(pk=whole.pk).update(upload=uploaded.upload)
    CSR.objects.filter(pk=uploaded.pk).update(upload=whole.upload)

    findings = find()

    assert kinds(findings) == ["changed", "changed"]
    assert all("holds something else than the row" in one.sentence for one in findings)


def test_a_file_without_a_row(whole: PushCertificate) -> None:
    for folder in storage.FOLDERS:
        old_file(folder, b"nobody knows me")
    stray = storage.name_of(storage.UPLOADS, b"nobody knows me")

    findings = find()

    assert kinds(findings) == ["orphan"] * len(storage.FOLDERS)
    assert stray in {one.about for one in findings}
    assert all("No row names the file" in one.sentence for one in findings)


def test_a_file_that_is_young_may_still_get_its_row(whole: PushCertificate) -> None:
    storage.put(storage.UPLOADS, b"my row is about to be committed")

    assert find() == []


def test_what_a_killed_writer_left_is_named_for_what_it_is(whole: PushCertificate) -> None:
    left = f"{whole.csr.sealed_key}.0123456789abcdef.unfinished"
    make_old(left, b"half of")

    found = the_one()

    assert (found.kind, found.about) == ("orphan", left)
    assert "was being written when something was cut off" in found.sentence
    assert (
        "it is of no use: `manage.py verify_store --delete-orphans` deletes it." in found.sentence
    )


def test_a_destroyed_key_that_is_still_there(whole: PushCertificate) -> None:
    long_ago = timezone.now() - timedelta(days=2)
    CSR.objects.filter(pk=whole.csr.pk).update(key_destroyed_at=long_ago, key_gone_at=long_ago)

    found = the_one()

    assert (found.kind, found.about) == ("left", whole.csr.sealed_key)
    assert "holds the push key of CSR" in found.sentence
    assert f"destroyed and seen to be gone on {long_ago:%Y-%m-%d}" in found.sentence


def test_a_destroyed_key_that_is_gone_is_right(whole: PushCertificate, ada: User) -> None:
    lifecycle.destroy_key(whole.csr, by=Actor.of(ada))
    # The worker has not been there yet, and has some time.
    assert find() == []
    storage.delete(whole.csr.sealed_key)
    CSR.objects.filter(pk=whole.csr.pk).update(key_gone_at=timezone.now())

    assert find() == []


def test_a_row_that_moves_while_it_is_looked_at_is_no_finding(
    whole: PushCertificate, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key is sealed anew between reading its row and reading its file."""
    old = whole.csr.sealed_key
    push_key = keys.unseal(
        storage.get(old),
        csr_id=whole.csr.pk,
        custody_private_key=settings.CUSTODY_PRIVATE_KEY,
    )
    sealed = keys.seal(
        push_key, csr_id=whole.csr.pk, custody_public_key=settings.CUSTODY_PUBLIC_KEY
    )
    really = storage.get
    moved: list[str] = []

    def get(name: str) -> bytes:
        if name == old and not moved:
            moved.append(storage.put(storage.SEALED_KEYS, sealed))
            CSR.objects.filter(pk=whole.csr.pk).update(sealed_key=moved[0])
            storage.delete(old)
        return really(name)

    monkeypatch.setattr(storage, "get", get)

    assert find() == []
    assert moved


def test_what_nobody_foresaw_is_told_of_its_row_alone(
    whole: PushCertificate, uploaded: CSR, monkeypatch: pytest.MonkeyPatch
) -> None:
    path(uploaded.upload).unlink()

    def unforeseen(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("onboarding.custody.ring.Ring.push_key", unforeseen)

    findings = find()

    assert kinds(findings) == ["changed", "missing"]
    assert "could not be compared (ZeroDivisionError)" in findings[0].sentence
