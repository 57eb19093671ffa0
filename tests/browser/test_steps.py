"""The steps as they are seen: an own CSR, wrong files, a renewal done wrong, then right."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import FilePayload, Page, expect

from onboarding import lifecycle, signed_request
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, PushCertificate, TopicChange, User
from onboarding.pki import pem
from pushportal.sandbox.authority import Authority
from tests.browser.person import Person
from tests.conftest import ended, renewed
from tests.custody.parts import fetched
from tests.pki.authority import authority
from tests.portal.test_explained import archive
from tests.portal.test_uploads import CSR_PEM, KEY_PEM

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Person]
# What a browser does with a file that somebody lets go of over the box.
DROP = """(box, [name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name));
  for (const kind of ["dragover", "drop"])
    box.dispatchEvent(new DragEvent(kind, {bubbles: true, dataTransfer: carried}));
}"""


# The same for several files, and over what is asked; what the browser would do by itself.
DROP_SEVERAL = """(place, names) => {
  const carried = new DataTransfer();
  for (const name of names) carried.items.add(new File(["x"], name));
  const dropped = new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: carried});
  place.dispatchEvent(dropped);
  return dropped.defaultPrevented;
}"""


def send(page: Page, content: bytes, button: str, name: str = "mine.pem") -> None:
    file = FilePayload(name=name, mimeType="application/octet-stream", buffer=content)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name=button).click()


def test_an_own_csr_from_the_choice_to_the_approval(visit: Visit, ada: User) -> None:
    acme = ada.memberships.get().customer
    acme.apple_account = ""
    acme.save()
    page = (person := visit(ada)).page
    page.get_by_role("link", name="Get a push certificate").click()
    person.picture("choose")
    page.get_by_role("button", name="Upload CSR").click()
    page.get_by_label("Apple Account").fill("ada.lovelace@gmail.com")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("Addresses at gmail.com belong to persons.")).to_be_visible()
    person.picture("account-doubtful")
    page.get_by_label("Apple Account").fill("push@acme.example")
    page.get_by_label("A second address").fill("desk@acme.example")
    page.get_by_role("button", name="Save and go on").click()
    person.picture("bring-a-csr")

    send(page, KEY_PEM.encode(), "Upload CSR", "push.key")
    expect(page.get_by_text("“push.key”: This is a private key.")).to_be_visible()
    person.picture("bring-a-key")
    page.locator("[data-drop]").evaluate(DROP, ["push.csr", CSR_PEM])
    page.get_by_role("button", name="Upload CSR").click()

    expect(page.get_by_role("heading", name="looks at your CSR")).to_be_visible()
    expect(page.get_by_text("Nobody can say yet")).to_be_visible()
    person.picture("waiting")


def test_a_file_dropped_beside_the_box_and_two_at_once_lose_nothing(
    visit: Visit, signed_renewal: CSR, ada: User, site: str
) -> None:
    page = visit(ada).page
    page.goto(site + signed_renewal.get_absolute_url())
    field = page.locator("[data-drop] input[type=file]")

    assert page.locator("h1").evaluate(DROP_SEVERAL, ["push.pem"])
    assert field.evaluate("field => field.files.length") == 0
    page.locator("[data-drop]").evaluate(DROP_SEVERAL, ["one.pem", "two.pem"])
    assert field.evaluate("field => [field.files.length, field.validationMessage]") == [
        0,
        "Drop one file: these are several.",
    ]

    page.locator("[data-drop]").evaluate(DROP, ["push.pem", "x"])
    assert field.evaluate("field => [field.files.length, field.validationMessage]") == [1, ""]


def test_each_wrong_file_is_explained_and_the_step_stays(
    visit: Visit,
    site: str,
    signed_renewal: CSR,
    active: PushCertificate,
    ada: User,
    apple: Authority,
) -> None:
    wrong = {
        "the signed request": (signed_request.assemble(signed_renewal), "the one of this page"),
        "the CSR": (
            pem.encode("CERTIFICATE REQUEST", bytes(signed_renewal.der or b"")).encode(),
            "your own CSR of this page",
        ),
        "the old one": (bytes(active.der), "the certificate that is to be renewed"),
        "a stranger's": (apple.issue(CSR_PEM.encode()), "made for another key"),
        "a vendor's": (authority().vendor.public_bytes(Encoding.DER), "an MDM vendor's"),
        "a CA's": (
            authority().push_ca.certificate.public_bytes(Encoding.PEM),
            "of a certificate authority",
        ),
        "a ZIP": (
            archive(push_pem="x"),
            "a ZIP archive that holds: push.pem (text). No push certificate",
        ),
        "a page": (b"<!doctype html><html>", "This is a web page"),
        "a key": (KEY_PEM.encode(), "This is a private key"),
    }
    page = (person := visit(ada)).page
    page.goto(f"{site}{signed_renewal.get_absolute_url()}")
    person.picture("your-turn-renewal")

    for name, (content, sentence) in wrong.items():
        send(page, content, "Upload the certificate")
        expect(page.locator(".drop .wrong"), name).to_contain_text(sentence)
        expect(page.get_by_role("heading", name="Upload the certificate here")).to_be_visible()
    person.picture("wrong-file")
    assert CSR.objects.get(pk=signed_renewal.pk).state == CSR.State.SIGNED


def test_a_renewal_created_by_mistake_and_then_renewed(
    visit: Visit,
    site: str,
    signed_renewal: CSR,
    active: PushCertificate,
    ada: User,
    apple: Authority,
) -> None:
    der = bytes(signed_renewal.der or b"")
    page = (person := visit(ada)).page
    page.goto(f"{site}{signed_renewal.get_absolute_url()}")

    send(page, apple.issue(der), "Upload the certificate")
    expect(page.get_by_role("heading", name="Created at Apple, not renewed")).to_be_visible()
    expect(page.get_by_text(active.topic, exact=True).first).to_be_visible()
    person.picture("created")
    page.get_by_role("link", name="To the upload").click()
    send(page, apple.issue(der, topic=active.topic), "Upload the certificate")

    expect(page.get_by_text("The certificate fits and is active now.")).to_be_visible()
    active.refresh_from_db()
    assert active.state == PushCertificate.State.SUPERSEDED


def test_a_new_topic_that_is_meant(
    visit: Visit, site: str, signed_renewal: CSR, ada: User, sam: User, apple: Authority
) -> None:
    created = apple.issue(bytes(signed_renewal.der or b""))
    page = (person := visit(ada)).page
    page.goto(f"{site}{signed_renewal.get_absolute_url()}")
    send(page, created, "Upload the certificate")
    page.get_by_role("link", name="We will enrol every device again").click()
    page.get_by_role("button", name="Yes, ask").click()
    expect(page.get_by_text("You asked for it.")).to_be_visible()

    staff = visit(sam)
    staff.page.goto(f"{site}/admin/onboarding/topicchange/{TopicChange.objects.get().pk}/change/")
    staff.picture("staff-other-topic")
    staff.page.get_by_role("link", name="Allow this topic…").click()
    staff.picture("staff-allow")
    staff.page.get_by_label("Reason").fill("Confirmed by phone.")
    staff.page.get_by_role("button", name="Allow the new topic").click()
    expect(staff.page.get_by_text("the customer was told")).to_be_visible()

    page.reload()
    person.picture("created-allowed")
    page.get_by_role("link", name="To the upload").first.click()
    send(page, created, "Upload the certificate")
    expect(page.get_by_text("The certificate fits and is active now.")).to_be_visible()


def test_the_first_certificate_at_apple(visit: Visit, site: str, signed: CSR, ada: User) -> None:
    page = (person := visit(ada)).page
    page.goto(f"{site}{signed.get_absolute_url()}")
    person.picture("your-turn")
    assert person.download("Download the signed request").stat().st_size > 1000
    page.reload()
    expect(page.get_by_text("Ada downloaded the signed request")).to_be_visible()
    lifecycle.withdraw(signed, by=Actor.of(ada))
    page.reload()
    expect(page.get_by_text("This CSR was withdrawn")).to_be_visible()


def test_after_a_renewal_the_overview_says_with_which_certificate_push_works(
    visit: Visit,
    signed_renewal: CSR,
    active: PushCertificate,
    acme: Customer,
    ada: User,
    apple: Authority,
    site: str,
) -> None:
    fetched(active)
    renewed(signed_renewal, active, apple, by=ada)
    page = (person := visit(ada)).page
    page.goto(site + acme.get_absolute_url())
    expect(page.get_by_role("heading", name="Push works with the old certificate")).to_be_visible()
    person.picture("renewed-in-time")

    ended(active, days=3)
    page.reload()

    expect(page.get_by_role("heading", name="Push is down from")).to_be_visible()
    person.picture("renewed-late")
    page.goto(site + signed_renewal.get_absolute_url())
    person.picture("renewed-late-csr")


def test_a_key_that_is_deleted_unexported_is_told_of_before_and_after(
    visit: Visit, active: PushCertificate, acme: Customer, ada: User, site: str
) -> None:
    page = (person := visit(ada)).page
    page.goto(site + active.get_absolute_url())
    page.get_by_role("link", name="Delete the key here").click()
    expect(page.get_by_text("This key was never exported from here")).to_be_visible()
    person.picture("lost-key-asked")

    page.get_by_role("button", name="Delete the key for good").click()

    expect(page.get_by_role("heading", name="Nobody has its key")).to_be_visible()
    person.picture("lost-key-certificate")
    page.goto(site + acme.get_absolute_url())
    expect(page.get_by_role("heading", name="Push cannot work")).to_be_visible()
    expect(page.get_by_role("link", name="Renew now")).to_be_visible()
    person.picture("lost-key-overview")
