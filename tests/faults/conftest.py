"""One instance of the product for all tests of this folder, and people who use it."""

from collections.abc import Iterator

import pytest

from bench import csrs
from pushportal.sandbox.authority import Authority
from tests.faults import form
from tests.faults.office import Office
from tests.faults.stage import Stage
from tests.servers import postgresql

# For all tests of one form together.
CSRS = form.choose(short=200, full=2000)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, apple: Authority) -> Iterator[Stage]:
    if postgresql.programs() is None:
        pytest.skip("PostgreSQL is missing: install tests/requirements.txt.")
    made = Stage.set_up(tmp_path_factory.mktemp("faults"), apple)
    yield made
    made.end()


@pytest.fixture(scope="session")
def office(stage: Stage) -> Office:
    return stage.office([one.der for one in csrs.make(CSRS)])
