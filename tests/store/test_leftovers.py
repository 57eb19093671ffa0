"""A key that is thrown away leaves no file: not in the folder, and not in the next comparison."""

import pytest

from onboarding import keys, lifecycle, storage, tasks
from onboarding.lifecycle import Actor
from onboarding.models import CSR, User


def test_a_key_made_for_a_csr_that_was_withdrawn_meanwhile_is_not_kept(
    csr: CSR, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = keys.new_push_key

    def withdrawn_meanwhile() -> object:
        lifecycle.withdraw(csr, by=Actor.of(ada))
        return make()

    monkeypatch.setattr(keys, "new_push_key", withdrawn_meanwhile)

    tasks.make_csr(str(csr.pk))

    csr.refresh_from_db()
    assert csr.state == CSR.State.WITHDRAWN
    assert list(storage.names(storage.SEALED_KEYS)) == []
