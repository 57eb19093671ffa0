"""The same story in Chromium, as people see it: by clicks, on a desktop and on a phone."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import PATIENCE_MS, Person
from tests.run.instance import Instance

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

PASSPHRASE = "tired of 4 horses"


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
        eve.page.get_by_role("link", name="Get a push certificate").click()
        eve.picture("03-keep-the-key")
        eve.page.get_by_role("button", name="Keep the key here").click()
        eve.picture("03-apple-account")
        eve.page.get_by_label("Apple Account").fill("push@globex.example")
        eve.page.get_by_role("button", name="Save and go on").click()
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
        sam.page.get_by_role("link", name="Approve…", exact=True).click()
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
