"""Chromium, and people at it.

`visit` lets a user of the test's own database in at `site`, in a moment, and no other process runs;
the whole product, every process, is the fixture `portal`, where people sign in by the page.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from onboarding import queue
from onboarding.models import User
from tests import machine
from tests.admin.conftest import groups, root, sam, sue, tom
from tests.browser.person import FLAGS, Person
from tests.run import instance

# Staff as they are in life, with the rights of their roles.
__all__ = ["groups", "root", "sam", "sue", "tom"]
SCREENSHOTS = Path(__file__).parents[1] / "screenshots"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as environment:
        # Playwright's own loop runs in this thread, and Django takes it for a view that is async.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=machine.CHROMIUM, args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def screenshots(request: pytest.FixtureRequest) -> Path:
    """A folder for the pictures of this module, emptied."""
    folder = SCREENSHOTS / Path(request.path).stem.removeprefix("test_")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def site(chromium: Browser, db: None) -> Iterator[str]:
    """The address of the pages, in a thread that sees what the test has not committed.

    Nothing is committed: what the table of Events holds could not be taken out again. The thread
    is begun after Chromium, under whose loop this thread has another connection than before.
    """
    server = LiveServer("localhost")
    yield server.url
    # Chromium lets go of its connections in its own time.
    instance.wait_until(lambda: not _answering(), seconds=10, what=lambda: "an open connection")
    server.stop()


def _answering() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if "process_request_thread" in one.name]


@pytest.fixture
def visit(
    site: str,
    chromium: Browser,
    screenshots: Path,
    tmp_path: Path,
    db: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Person]]:
    """Make somebody who is signed in as a user; the test ends with no complaint of the console."""
    # The test itself does what the worker would.
    monkeypatch.setattr(queue, "_send", lambda *_: None)
    people: list[Person] = []

    def visitor(user: User | None, **how: Any) -> Person:
        """Any: what Person takes, passed on."""
        person = Person(chromium, (screenshots, tmp_path), **how)
        people.append(person)
        if user:
            person.enter(site, user)
        person.page.goto(site)
        return person

    yield visitor
    for person in people:
        person.close()
    assert [complaint for person in people for complaint in person.complaints] == []
