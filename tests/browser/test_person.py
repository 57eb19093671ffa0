"""The person at Chromium, who judges a page once it is there."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
PAGE = b'<!doctype html><html lang="en"><title>Late</title><main><h1>Here</h1>%s</main>'


class _Late(BaseHTTPRequestHandler):
    """Answers at once, and with the content of its second page a moment later."""

    def do_GET(self) -> None:
        late = self.path == "/late"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.flush()
        if late:
            time.sleep(1)
        self.wfile.write(PAGE % (b"" if late else b'<a href="/late">Next</a>'))

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def late() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Late) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("look", ["picture", "glance"])
def test_a_page_is_judged_once_it_is_there(
    look: str, late: str, chromium: Browser, screenshots: Path, tmp_path: Path
) -> None:
    person = Person(chromium, (screenshots, tmp_path))
    person.page.goto(late)
    person.page.get_by_role("link", name="Next").click()
    getattr(person, look)("late")
    assert person.page.url == f"{late}/late"
    person.close()
    assert [one for one in person.complaints if "favicon" not in one] == []
