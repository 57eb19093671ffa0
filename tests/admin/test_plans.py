"""With 100,000 CSRs the lists are answered by indexes, and look at few rows for a page."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bench.stage import Stage
from onboarding.admin.listing import BoundedPaginator
from tests.servers.postgresql import PostgreSQL

# To fill the tables takes a minute and more.
pytestmark = [pytest.mark.needs("postgresql"), pytest.mark.timeout(400)]

CSRS = 100_000
# To count so far, to skip to the last page, the number beside the menu, and what the rows of a page
# have around them.
MOST_ROWS = 2 * BoundedPaginator.most + 1000 + 1500
MOST_QUERIES = 25
# All closed customers, a quarter of them here, are read from their index: to count, for the page.
CLOSED = CSRS // 16
# The index says at once which customers have a word, here a quarter; of these few are read.
COMMON = CSRS // 16
MOST_ROWS_OF = {
    "certificates ending soon": MOST_ROWS + 2 * CLOSED + 2 * BoundedPaginator.most,
    "CSRs by a common word": MOST_ROWS + COMMON,
    "customers by a common word": MOST_ROWS + COMMON,
}
INDEXES = {
    "CSRs that wait": "csrs_by_state_and_age",
    "CSRs of all states": "csrs_newest_first",
    "CSRs of all states, last page": "csrs_newest_first",
    "CSRs uploaded": "csrs_by_origin",
    "CSRs with an unusable key": "keys_that_cannot_be_used",
    "CSRs by customer": "customers_by_words",
    "CSRs by topic": "pushcertificates_by_words",
    "CSRs by fingerprint": "onboarding_seenkey_public_key_sha256_b3de39fc_like",
    "CSRs by number": "onboarding_csr_pkey",
    "certificates active": "certificates_by_state_and_end",
    "certificates ending soon": "certificates_by_state_and_end",
    "certificates revoked": "certificates_by_state_and_end",
    "certificates by topic": "pushcertificates_by_words",
    "certificates by serial number": "pushcertificates_by_words",
    "certificates by Apple Account": "pushcertificates_by_words",
    "certificates by customer": "customers_by_words",
    "customers open": "customers_by_name",
    "customers closed": "closed_customers_by_name",
    "customers newest": "customers_by_age",
    "customers with fewer approvals to confirm": "customers_with_fewer_approvals",
    "customers by name": "customers_by_words",
    "customers by Apple Account": "customers_by_words",
    "people by address": "users_by_words",
    "Events all": "events_by_time",
    "Events of one verb": "events_by_verb",
    "Events by address": "events_by_address",
    "Events by customer": "customers_by_words",
}


# What is found by a whole e-mail address, of whose words nearly all rows have most.
BY_ADDRESS = {"certificates by Apple Account", "customers by Apple Account", "people by address"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("crowd")
    postgresql = PostgreSQL.start(folder / "postgresql", fsync="off", synchronous_commit="off")
    try:
        stage = Stage.set_up(
            folder / "var", DATABASE_URL=postgresql.create("crowd"), STAFF_MFA="off"
        )
        stage.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        stage.run("-m", "bench.programs.crowd", str(CSRS))
        yield stage
    finally:
        postgresql.stop()


# Any: JSON.
@pytest.fixture(scope="module")
def plans(stage: Stage) -> Any:
    return json.loads(stage.run("-m", "bench.programs.lists", "plans"))


def test_each_list_has_its_index(plans: dict[str, Any]) -> None:
    without = {
        name: plans[name]["scans"]
        for name, index in INDEXES.items()
        if not any(scan.endswith(index) for scan in plans[name]["scans"])
    }

    assert without == {}


def test_no_list_looks_at_more_than_a_few_rows(plans: dict[str, Any]) -> None:
    looked_at = {name: sum(found["scans"].values()) for name, found in plans.items()}

    assert {
        name: rows for name, rows in looked_at.items() if rows > MOST_ROWS_OF.get(name, MOST_ROWS)
    } == {}


def test_no_list_asks_more_than_a_few_times(plans: dict[str, Any]) -> None:
    assert {
        name: found["queries"] for name, found in plans.items() if found["queries"] > MOST_QUERIES
    } == {}


def test_a_whole_address_is_found_by_the_index_when_that_has_grown(stage: Stage) -> None:
    # To begin with an index costs more, the larger it is: here, because its pages are far away.
    far = Stage(stage.folder, {**stage.environ, "PGOPTIONS": "-c random_page_cost=8"})
    plans = json.loads(far.run("-m", "bench.programs.lists", "plans"))

    read = {
        name: [scan for scan in plans[name]["scans"] if scan.startswith("Seq Scan")]
        for name in BY_ADDRESS
    }
    assert read == {name: [] for name in BY_ADDRESS}


def test_who_signs_in_is_found_by_an_index_whatever_the_case(stage: Stage) -> None:
    asked = "User.objects.filter(email__iexact='Person-7@alder.example').explain()"

    said = stage.run("manage.py", "shell", "-v0", "-c", f"print({asked})")

    assert "people_by_upper_address" in said
