"""Customers, as operators keep them: taken in, written about, closed; certificates revoked."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import Dialog, FilePayload, Page, expect

from onboarding import tasks
from onboarding.models import Attachment, Customer, CustomerImport, Note, PushCertificate, User
from onboarding.pki.trust import Trust
from pushportal.sandbox.authority import Authority
from tests.admin.pages import page
from tests.browser.person import Person
from tests.importing.test_folder import KEY, zipped
from tests.signing.vendor import csr_der

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Person]
IMPORTS = "/admin/onboarding/customerimport/"
TABLE = """Name;Country;Apple Account;Contacts;Certificate;Note
Initech;FR;push@initech.example;it@initech.example;initech.pem;Came with the old portal.
Hooli;USA;;;;
Acme;DE;;;;
"""


@pytest.fixture
def archive(apple: Authority, sandbox_trust: Trust, push_keys: list[rsa.RSAPrivateKey]) -> bytes:
    """A certificate of before, and a key that does not belong there."""
    certificate = apple.issue(csr_der(push_keys[0]))
    return zipped(**{"customers/initech.pem": certificate, "push.key": KEY})


def test_customers_are_taken_in(
    visit: Visit, site: str, acme: Customer, sam: User, archive: bytes
) -> None:
    desk = (person := visit(sam)).page
    desk.goto(f"{site}{IMPORTS}add/")
    desk.get_by_role("button", name="Begin the dry run").click()
    assert desk.get_by_label("CSV", exact=True).evaluate("box => box.matches(':invalid')")
    table = FilePayload(name="customers.csv", mimeType="text/csv", buffer=TABLE.encode())
    files = FilePayload(name="all.zip", mimeType="application/zip", buffer=archive)
    desk.get_by_label("CSV", exact=True).set_input_files(table)
    desk.get_by_label("ZIP of the certificates").set_input_files(files)
    person.picture("import")
    desk.get_by_role("button", name="Begin the dry run").click()
    expect(desk.get_by_role("progressbar", name="Rows done")).to_be_visible()
    expect(desk.get_by_text("0 of 3 rows")).to_be_visible()

    # Nobody reloads: the page looks again by itself.
    tasks.import_customers(CustomerImport.objects.get().pk)
    expect(desk.get_by_role("button", name="Carry out")).to_be_visible()
    expect(desk.get_by_text("private key")).to_be_visible()
    person.picture("import-dry-run")
    assert not Customer.objects.filter(name="Initech").exists()

    desk.get_by_role("button", name="Carry out").click()
    expect(desk.get_by_text("The import is being carried out.")).to_be_visible()
    tasks.import_customers(CustomerImport.objects.get().pk)
    expect(desk.get_by_text("What became of each row")).to_be_visible()
    person.picture("import-done")
    report = person.download("Download the report").read_text()
    assert "Initech,Create" in report
    desk.get_by_role("link", name="Refuse: 1").click()
    expect(desk.get_by_text("Hooli")).to_be_visible()
    expect(desk.get_by_text("Initech")).to_have_count(0)
    desk.get_by_role("link", name="Create: 1").click()
    desk.get_by_role("link", name="Initech").click()
    expect(desk.get_by_text("imported without its key")).to_be_visible()
    expect(desk.get_by_text("Came with the old portal.")).to_be_visible()
    person.picture("customer-imported")


def staying(desk: Page) -> list[str]:
    """Whatever the browser asks from now on, which kept the page as it was."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    desk.on("dialog", stay)
    return asked


def test_a_note_is_not_lost_to_the_button_of_another_form(
    visit: Visit, site: str, acme: Customer, sam: User
) -> None:
    desk = visit(sam).page
    asked = staying(desk)
    desk.goto(f"{site}{page(acme)}")
    desk.get_by_label("New note").fill("Calls before noon.")

    desk.get_by_role("button", name="Save", exact=True).click(no_wait_after=True)
    expect(desk.get_by_label("New note")).to_have_value("Calls before noon.")
    desk.get_by_role("button", name="Keep the note").click()

    expect(desk.get_by_text("Calls before noon.", exact=True)).to_be_visible()
    assert asked == ["beforeunload"]


def test_a_note_that_the_browser_filled_in_again_is_not_lost_either(
    visit: Visit, site: str, acme: Customer, sam: User
) -> None:
    desk = visit(sam).page
    desk.goto(f"{site}{page(acme)}")
    desk.get_by_label("New note").fill("Calls before noon.")
    desk.goto(f"{site}/admin/")
    desk.go_back()
    asked = staying(desk)

    desk.get_by_role("button", name="Save and continue editing").click(no_wait_after=True)

    expect(desk.get_by_label("New note")).to_have_value("Calls before noon.")
    assert asked == ["beforeunload"]


def test_notes_and_files(visit: Visit, site: str, acme: Customer, sam: User) -> None:
    desk = (person := visit(sam)).page
    desk.goto(f"{site}{page(acme)}")
    person.picture("customer-new")
    desk.get_by_label("New note").fill("Calls before noon.\nAsks for Ada.")
    desk.get_by_role("button", name="Keep the note").click()
    expect(desk.get_by_text("Calls before noon.")).to_be_visible()
    key = FilePayload(name="push.key", mimeType="application/x-pem-file", buffer=KEY)
    contract = FilePayload(name="contract.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7 x")
    for file in (key, contract):
        desk.get_by_label("New file").set_input_files(file)
        desk.get_by_label("What it is").fill("The contract of 2026")
        desk.get_by_role("button", name="Keep the file").click()
    expect(desk.get_by_text("contract.pdf", exact=True)).to_be_visible()
    person.picture("customer-notes")

    with desk.expect_download() as coming:
        desk.get_by_role("button", name="Download contract.pdf").click()

    assert coming.value.suggested_filename == "contract.pdf"
    assert coming.value.path().read_bytes() == b"%PDF-1.7 x"
    assert Note.objects.get().author == sam
    assert Attachment.objects.get().name == "contract.pdf"


def test_a_certificate_is_marked_as_revoked(
    visit: Visit, site: str, active: PushCertificate, sam: User
) -> None:
    desk = (person := visit(sam)).page
    desk.goto(f"{site}{page(active)}")
    person.picture("certificate")
    desk.get_by_role("link", name="Mark as revoked…").click()
    desk.get_by_label("Reason").fill("The key was found on a lost laptop.")
    person.picture("revoke")
    desk.get_by_role("button", name="Mark as revoked").click()

    expect(desk.get_by_text("The certificate is marked as revoked.")).to_be_visible()
    person.picture("revoked")
    active.refresh_from_db()
    assert active.state == PushCertificate.State.REVOKED


def test_a_customer_is_closed_and_opened_again(
    visit: Visit, site: str, active: PushCertificate, sam: User
) -> None:
    desk = (person := visit(sam)).page
    desk.goto(f"{site}{page(active.customer)}")
    person.picture("customer")
    desk.get_by_role("link", name="Close the customer…").click()
    desk.get_by_label("Its name").fill("acme inc")
    desk.get_by_label("Reason").fill("The contract ended.")
    desk.get_by_role("button", name="Close the customer").click()
    expect(desk.get_by_role("alert").first).to_be_visible()
    person.picture("close")
    desk.get_by_label("Its name").fill("Acme")
    desk.get_by_role("button", name="Close the customer").click()
    expect(desk.get_by_text("Acme is closed.")).to_be_visible()
    person.picture("closed")

    desk.get_by_role("link", name="Reopen the customer…").click()
    person.picture("reopen")
    desk.get_by_label("Reason").fill("They signed again.")
    desk.get_by_role("button", name="Reopen the customer").click()

    expect(desk.get_by_text("Acme is open again.")).to_be_visible()
    assert Customer.objects.get().closed_at is None
