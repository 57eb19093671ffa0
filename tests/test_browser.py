"""The same story in Chromium, as people see it: by clicks, on a desktop and on a phone."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from playwright.sync_api import (
    TimeoutError as NeverSettled,
)

from tests import machine
from tests.run.instance import Instance

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SCREENSHOTS = Path(__file__).parent / "screenshots"
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
DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
# A key is made and a signature given by other processes, on a machine that may be busy.
PATIENCE_MS = 30_000
PASSPHRASE = "tired of 4 horses"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.CHROMIUM, args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def screenshots() -> Path:
    shutil.rmtree(SCREENSHOTS, ignore_errors=True)
    SCREENSHOTS.mkdir()
    return SCREENSHOTS


class Person:
    """Somebody at a browser; what the console complains about is kept."""

    def __init__(self, browser: Browser, folders: tuple[Path, Path], name: str) -> None:
        self._context = browser.new_context(
            # Without motion: a colour half-way through its change is no colour of ours.
            viewport=DESKTOP,
            accept_downloads=True,
            reduced_motion="reduce",
        )
        self.page: Page = self._context.new_page()
        self.complaints: list[str] = []
        (self._pictures, self._downloads), self._name = folders, name
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.set_default_timeout(PATIENCE_MS)

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused upload is answered with 422, which the console notes on its own account.
        is_refusal = "422" in message.text and message.text.startswith("Failed to load resource")
        if message.type in {"error", "warning"} and not is_refusal:
            self.complaints.append(message.text)

    def sign_in(self, portal: Instance) -> None:
        account = next(one for one in portal.accounts if one["name"] == self._name)
        self.page.goto(f"{portal.url}/accounts/login/")
        self.page.get_by_label("E-mail address").fill(account["email"])
        self.page.get_by_label("Password", exact=True).fill(account["password"])
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.locator("form[action*=logout]").first).to_be_attached()

    def picture(self, what: str) -> None:
        """Desktop and phone, light and dark: no page of ours fails axe or is wider than a phone."""
        for name, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
            self.page.set_viewport_size(viewport)
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                self._judge(what)
                path = self._pictures / f"{what}-{name}-{scheme}.png"
                self.page.screenshot(path=path, full_page=True)
        self.page.set_viewport_size(DESKTOP)
        self.page.emulate_media(color_scheme="light")

    def _judge(self, what: str) -> None:
        # The admin's frame moves its sidebar after the window has changed: a moment to settle.
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        try:
            self.page.wait_for_function(fits, timeout=5000)
        except NeverSettled as error:
            raise AssertionError(f"{what} is wider than its window") from error
        # The frame around the staff's pages is Unfold's, without landmarks of its own.
        if "/admin/" not in self.page.url:
            found = Axe().run(self.page, options={"resultTypes": ["violations"]})
            assert not found.response["violations"], found.generate_report()

    def download(self, name: str) -> Path:
        with self.page.expect_download() as coming:
            self.page.get_by_role("link", name=name, exact=True).first.click()
        target = self._downloads / coming.value.suggested_filename
        coming.value.save_as(target)
        return target

    def close(self) -> None:
        self._context.close()


def test_from_need_to_active_by_clicks(
    portal: Instance, chromium: Browser, screenshots: Path, tmp_path: Path
) -> None:
    with ExitStack() as ending:
        eve, sam, apple = (
            Person(chromium, (screenshots, tmp_path), name) for name in ("Eve", "Sam", "Apple")
        )
        for person in (eve, sam, apple):
            ending.callback(person.close)

        eve.page.goto(f"{portal.url}/accounts/login/")
        eve.picture("01-sign-in")
        eve.sign_in(portal)
        eve.picture("02-first-step")
        eve.page.get_by_role("link", name="Create CSR").first.click()
        eve.picture("03-create")
        eve.page.get_by_label("E-mail address").fill("mdm@globex.example")
        eve.page.get_by_role("button", name="Create CSR").click()
        # Nobody reloads: the page moves on by itself.
        expect(eve.page.get_by_text("Waiting for approval").first).to_be_visible(
            timeout=PATIENCE_MS
        )
        eve.picture("04-waiting")

        sam.sign_in(portal)
        sam.page.goto(f"{portal.url}/admin/")
        sam.picture("05-dashboard")
        sam.page.goto(f"{portal.url}/admin/onboarding/csr/")
        sam.picture("06-what-waits")
        sam.page.get_by_role("link", name="Globex").first.click()
        sam.picture("07-the-csr")
        sam.page.get_by_role("link", name="Approve").click()
        sam.picture("08-confirm")
        sam.page.get_by_role("button", name="Approve").click()

        expect(eve.page.get_by_role("heading", name="Your turn")).to_be_visible(timeout=PATIENCE_MS)
        eve.picture("09-your-turn")
        signed_request = eve.download("Download the signed request")

        apple.page.goto(portal.apple_url)
        apple.page.get_by_label("Apple Account").fill("push@globex.example")
        apple.page.get_by_role("button", name="Sign in").click()
        apple.page.get_by_role("link", name="Create a Certificate").click()
        apple.page.get_by_role("checkbox").check()
        apple.page.locator("input[type=file]").set_input_files(signed_request)
        apple.page.get_by_role("button", name="Upload").click()
        apple.picture("10-apple-confirmation")
        certificate = apple.download("Download")
        assert certificate.name.startswith("MDM_ ")

        eve.page.locator("input[type=file]").set_input_files(signed_request)
        eve.page.get_by_role("button", name="Upload the certificate").click()
        expect(eve.page.get_by_text("signed request").first).to_be_visible()
        eve.picture("11-wrong-file")
        eve.page.locator("input[type=file]").set_input_files(certificate)
        eve.page.get_by_role("button", name="Upload the certificate").click()
        expect(eve.page.get_by_text("The certificate fits and is active now.")).to_be_visible()
        eve.picture("12-active")

        export(eve)
        assert traces(portal, "eve@globex.example"), "the search finds what is there"
        assert traces(portal, PASSPHRASE) == []
        delete_key(eve)

        for person in (eve, sam, apple):
            assert person.complaints == []


def export(eve: Person) -> None:
    """Key and certificate as a file, from the certificate's page; nobody reloads."""
    eve.page.get_by_role("link", name="Export key and certificate").click()
    eve.picture("13-export")
    eve.page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    eve.page.get_by_label("Passphrase, once more").fill(f"{PASSPHRASE}!")
    eve.page.get_by_role("button", name="Make the file").click()
    eve.picture("14-passphrases-differ")
    for label in ("Passphrase", "Passphrase, once more"):
        eve.page.get_by_label(label, exact=True).fill(PASSPHRASE)
    eve.page.get_by_role("button", name="Make the file").click()
    expect(eve.page.get_by_role("heading", name="Your file is ready")).to_be_visible(
        timeout=PATIENCE_MS
    )
    eve.picture("15-ready")
    with eve.page.expect_download() as coming:
        eve.page.get_by_role("button", name="Download the file").click()
    assert coming.value.suggested_filename.endswith(".p12")
    expect(eve.page.get_by_role("heading", name="You downloaded the file")).to_be_visible(
        timeout=PATIENCE_MS
    )
    eve.picture("16-downloaded")


def delete_key(eve: Person) -> None:
    eve.page.get_by_role("link", name="To the certificate").click()
    eve.page.get_by_role("link", name="Delete the key here").click()
    eve.picture("17-delete-key")
    eve.page.get_by_role("button", name="Delete the key for good").click()
    expect(eve.page.get_by_text("The key is being deleted")).to_be_visible()
    eve.picture("18-key-deleted")


def traces(portal: Instance, text: str) -> list[Path]:
    """The files of the running portal in which `text` stands: database, logs, broker, storage."""
    files = [path for path in portal.var.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]
