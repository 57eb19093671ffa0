"""The worker refuses to start when it could not seal a push key, or could not open one later."""

import pytest
from pytest_django import Settings

from onboarding import keys, tasks


def test_a_worker_with_a_matching_pair_starts() -> None:
    tasks.demand_custody_keys()


@pytest.mark.parametrize("missing", ["CUSTODY_PUBLIC_KEY", "CUSTODY_PRIVATE_KEY"])
def test_a_worker_without_custody_keys_does_not_start(settings: Settings, missing: str) -> None:
    setattr(settings, missing, None)

    with pytest.raises(SystemExit, match=f"{missing} is not set.*custody new FOLDER"):
        tasks.demand_custody_keys()


def test_a_worker_with_halves_of_two_pairs_does_not_start(settings: Settings) -> None:
    settings.CUSTODY_PRIVATE_KEY, _ = keys.new_custody_key_pair()

    with pytest.raises(SystemExit, match="does not belong to CUSTODY_PRIVATE_KEY") as refused:
        tasks.demand_custody_keys()

    assert settings.CUSTODY_PRIVATE_KEY not in str(refused.value)


def test_a_worker_with_a_damaged_key_does_not_start(settings: Settings) -> None:
    settings.CUSTODY_PRIVATE_KEY = "bm9uc2Vuc2U="

    with pytest.raises(SystemExit, match="must be base64 of 32 bytes"):
        tasks.demand_custody_keys()
