"""Somebody at Chromium: signs in, clicks, and looks at each page as a picky reader would."""

import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
)
from playwright.sync_api import (
    TimeoutError as NeverSettled,
)

from onboarding.models import User
from tests.run.instance import Instance

# Everything by which Chromium would reach out to the network by itself is off.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
# A key is made and a signature given by other processes, on a machine that may be busy.
PATIENCE_MS = 30_000

# Rule of axe and a class of what it points at -> why it is left: all in the frame of Unfold.
FRAME = {
    ("landmark-unique", "simplebar-"): "each part that scrolls gets the same name from its script",
    ("empty-table-header", "lg:w-px"): "the column of the box that deletes a row has no name",
}


def _is_of_the_frame(violation: dict[str, Any]) -> bool:
    """Any: JSON. Whether all that it points at is one that is left."""
    return all(
        any(violation["id"] == rule and part in node["html"] for rule, part in FRAME)
        for node in violation["nodes"]
    )


class Person:
    """What the console complains about is kept: a test ends with `complaints == []`.

    `name` is a person of a running portal, for `sign_in`; whom `enter` lets in needs none.
    """

    def __init__(
        self,
        browser: Browser,
        folders: tuple[Path, Path],
        name: str = "",
        *,
        viewport: ViewportSize = DESKTOP,
        has_javascript: bool = True,
        locale: str = "en-GB",
    ) -> None:
        self.context: BrowserContext = browser.new_context(
            # Without motion: a colour half-way through its change is no colour of ours.
            viewport=viewport,
            accept_downloads=True,
            reduced_motion="reduce",
            java_script_enabled=has_javascript,
            locale=locale,
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        (self._pictures, self._downloads), self._name = folders, name
        self._viewport = viewport
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.set_default_timeout(PATIENCE_MS)

    def _hear(self, message: ConsoleMessage) -> None:
        # That a page is a refusal (403, 404, 422) the console notes on its own account.
        is_refusal = (
            message.text.startswith("Failed to load resource")
            and re.search(r"\b4\d\d\b", message.text) is not None
            and message.location["url"].partition("#")[0] == self.page.url.partition("#")[0]
        )
        if message.type in {"error", "warning"} and not is_refusal:
            where = message.location
            self.complaints.append(f"{message.text} ({where['url']}:{where['lineNumber']})")

    def sign_in(self, portal: Instance) -> None:
        """By the page, with the password that the running portal gave this person."""
        account = next(one for one in portal.accounts if one["name"] == self._name)
        self.page.goto(f"{portal.url}/accounts/login/")
        self.page.get_by_label("E-mail address").fill(account["email"])
        self.page.get_by_label("Password", exact=True).fill(account["password"])
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.locator("form[action*=logout]").first).to_be_attached()

    def enter(self, site: str, user: User) -> None:
        """Be signed in at `site`, without the page for it; the session is made beside it."""
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": session,
                    "domain": str(urlsplit(site).hostname),
                    "path": "/",
                }
            ]
        )

    def picture(self, what: str) -> None:
        """Desktop and phone, light and dark: no page of ours fails axe or is wider than a phone."""
        # A click ends with the next page's first bytes; until they are read it has no content.
        self.page.wait_for_load_state()
        for name, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
            self.page.set_viewport_size(viewport)
            for scheme in SCHEMES:
                self.colour(scheme)
                self._judge(what)
                path = self._pictures / f"{what}-{name}-{scheme}.png"
                self.page.screenshot(path=path, full_page=True)
        self.page.set_viewport_size(self._viewport)
        self.colour("light")

    def colour(self, scheme: Literal["light", "dark"]) -> None:
        self.page.emulate_media(color_scheme=scheme)
        if "/admin/" in self.page.url:
            # The staff's frame asks for the scheme once, when a page is loaded.
            dark = scheme == "dark"
            self.page.evaluate(
                "dark => document.documentElement.classList.toggle('dark', dark)", dark
            )

    def glance(self, what: str) -> None:
        """Desktop and phone, as it is: no page of ours is wider than a phone."""
        self.page.wait_for_load_state()
        for name, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
            self.page.set_viewport_size(viewport)
            self._demand_fit(what)
            self.page.screenshot(path=self._pictures / f"{what}-{name}.png", full_page=True)
        self.page.set_viewport_size(self._viewport)

    def _judge(self, what: str) -> None:
        self._demand_fit(what)
        found = Axe().run(self.page, options={"resultTypes": ["violations"]})
        ours = [one for one in found.response["violations"] if not _is_of_the_frame(one)]
        assert not ours, f"{what}: {found.generate_report()}"

    def _demand_fit(self, what: str) -> None:
        # The admin's frame moves its sidebar after the window has changed: a moment to settle.
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        try:
            self.page.wait_for_function(fits, timeout=5000)
        except NeverSettled as error:
            raise AssertionError(f"{what} is wider than its window") from error

    def download(self, name: str) -> Path:
        with self.page.expect_download() as coming:
            self.page.get_by_role("link", name=name, exact=True).first.click()
        target = self._downloads / coming.value.suggested_filename
        coming.value.save_as(target)
        return target

    def close(self) -> None:
        self.context.close()
