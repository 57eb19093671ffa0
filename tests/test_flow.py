"""The README's story, against the product as `manage.py up` runs it."""

import email
import email.policy
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from tests import steps
from tests.run import instance
from tests.run.instance import Instance
from tests.steps import link
from tests.visitor import Visitor

APPLE_ACCOUNT = "push@acme.example"


@pytest.fixture(scope="module")
def story(portal: Instance) -> Iterator["Story"]:
    """The first certificate, told once; the tests below go on from there."""
    with ExitStack() as browsers:
        story = Story(portal, browsers)
        story.certificate_page = story.first_certificate()
        yield story


class Story:
    """Ada, Sam and Ada's Apple Account, each with a browser of their own."""

    def __init__(self, portal: Instance, browsers: ExitStack) -> None:
        self.portal = portal
        self._browsers = browsers
        self.ada = self.person("Ada")
        self.sam = self.person("Sam")
        self.apple = self.browser(portal.apple_url)
        self.apple.open("/sign-in")
        self.apple.submit("account", account=APPLE_ACCOUNT)
        self.certificate_page = ""

    def browser(self, address: str) -> Visitor:
        return self._browsers.enter_context(Visitor(address))

    def person(self, name: str) -> Visitor:
        account = next(one for one in self.portal.accounts if one["name"] == name)
        visitor = self.browser(self.portal.url)
        steps.sign_in(visitor, email=account["email"], password=account["password"])
        return visitor

    def first_certificate(self) -> str:
        """From "I need push" to an active certificate; the address of its page."""
        steps.note_apple_account(self.ada, APPLE_ACCOUNT)
        steps.choose_way(self.ada, "made_here")
        csr = self.send_csr()
        self.approve(csr)
        signed_request = self.signed_request(csr)
        self.apple.open("/create")
        self.apple.submit(
            "terms", files={"signed_request": ("request.b64", signed_request)}, terms="on"
        )
        return self.activate(csr, self.apple.download(link(self.apple.page, r"[^\"]+/download")))

    def renew(self) -> str:
        """From the certificate's page to the renewal's CSR."""
        self.ada.open(link(self.ada.page, r"/certificates/[^\"]+/renew"))
        assert APPLE_ACCOUNT in self.ada.page
        self.ada.submit("second_contact")
        return self.send_csr()

    def create_another_csr(self) -> str:
        steps.open_new_csr(self.ada)
        return self.send_csr()

    def send_csr(self) -> str:
        csr = steps.send_csr_form(self.ada, email=APPLE_ACCOUNT)
        steps.wait_for(self.ada, csr, "Waiting for approval")
        return csr

    def approve(self, csr: str) -> None:
        steps.approve(self.sam, csr, customer="Acme")

    def signed_request(self, csr: str) -> bytes:
        return steps.signed_request(self.ada, csr)

    def activate(self, csr: str, certificate: bytes) -> str:
        return steps.activate(self.ada, csr, certificate)

    def mails(self) -> list[EmailMessage]:
        found = sorted((self.portal.var / "mail").iterdir())
        return [message for file in found for message in messages(file)]


def messages(file: Path) -> list[EmailMessage]:
    """The mails of one file of Django's file backend, which parts them by a line of dashes."""
    parts = re.split(rb"\n-{79}\n", file.read_bytes())
    found = [email.message_from_bytes(part, policy=email.policy.default) for part in parts if part]
    return [one for one in found if isinstance(one, EmailMessage) and one["To"]]


def test_a_customer_gets_from_need_to_active(story: Story) -> None:
    page = story.ada.open(story.certificate_page)

    assert "com.apple.mgmt.External." in page
    assert APPLE_ACCOUNT in page
    pem = story.ada.download(link(page, r"/certificates/[^\"]+\.pem"))
    assert x509.load_pem_x509_certificate(pem).subject.rfc4514_string() in (
        f"C=DE,CN=APSP:{uuid_of(page)},UID=com.apple.mgmt.External.{uuid_of(page)}",
        f"UID=com.apple.mgmt.External.{uuid_of(page)},CN=APSP:{uuid_of(page)},C=DE",
    )


def uuid_of(page: str) -> str:
    found = re.search(r"com\.apple\.mgmt\.External\.([0-9a-f-]{36})", page)
    assert found
    return found[1]


def test_every_mail_that_the_flow_owes_is_sent(story: Story) -> None:
    owed = {
        ("sam@vendor.example", "Waiting for approval"),
        ("sue@vendor.example", "Waiting for approval"),
        ("ada@acme.example", "Ready for Apple"),
        ("ada@acme.example", "Active"),
    }

    def missing() -> set[tuple[str, str]]:
        sent = [(one["To"], one["Subject"]) for one in story.mails()]
        return {(to, word) for to, word in owed if not any(to == t and word in s for t, s in sent)}

    instance.wait_until(lambda: not missing(), seconds=30, what=lambda: str(missing()))

    for one in story.mails():
        assert {part.get_content_type() for part in one.walk()} >= {"text/plain", "text/html"}


def test_the_trail_says_who_did_what(story: Story) -> None:
    with closing(sqlite3.connect(story.portal.var / "db.sqlite3")) as database:
        verbs = database.execute(
            "SELECT verb, actor_name FROM onboarding_event JOIN onboarding_customer AS customer"
            " ON customer.id = customer_id WHERE customer.name = 'Acme' AND csr_id IS NOT NULL"
            " ORDER BY onboarding_event.id"
        ).fetchall()

    assert [(verb, name.split(" ")[0]) for verb, name in verbs[:5]] == [
        ("request_csr", "Ada"),
        ("submit", "worker"),
        ("approve", "Sam"),
        ("record_signature", "signer"),
        ("download_signed_request", "Ada"),
    ]


def test_a_stranger_and_another_customer_see_nothing_of_it(story: Story) -> None:
    path = urlsplit(story.certificate_page).path
    eve, nobody = story.person("Eve"), story.browser(story.portal.url)

    eve.open(path)
    nobody.open(path)

    assert eve.status == 404
    assert "/accounts/login" in nobody.url


def test_a_renewal_created_at_apple_is_refused_and_renewed_is_taken(story: Story) -> None:
    story.ada.open(story.certificate_page)
    csr = story.renew()
    story.approve(csr)
    signed_request = story.signed_request(csr)
    assert "Press Renew on this row" in story.ada.page

    story.apple.open("/create")
    story.apple.submit("terms", files={"signed_request": ("r", signed_request)}, terms="on")
    created = story.apple.download(link(story.apple.page, r"[^\"]+/download"))
    story.ada.submit("/certificate", files={"upload": ("MDM_ Acme_Certificate.pem", created)})
    assert "Created at Apple, not renewed" in story.ada.page

    first = uuid_of(story.ada.open(story.certificate_page))
    story.apple.open("/")
    story.apple.open(link(story.apple.page, rf"[^\"]*{first}/renew"))
    story.apple.submit("signed_request", files={"signed_request": ("r", signed_request)})
    renewed = story.apple.download(link(story.apple.page, r"[^\"]+/download"))
    page = story.activate(csr, renewed)

    assert first in story.ada.open(page)
    assert "Superseded" in story.ada.open(story.certificate_page)


def test_an_own_csr_of_openssl_goes_the_same_way(story: Story, tmp_path: Path) -> None:
    key, own = tmp_path / "push.key", tmp_path / "push.csr"
    subprocess.run(
        [
            *("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes"),
            *("-keyout", str(key), "-out", str(own)),
            *("-subj", "/O=Acme/emailAddress=mdm@acme.example"),
        ],
        check=True,
        capture_output=True,
    )
    steps.open_csr_upload(story.ada)

    story.ada.submit("pasted", files={"upload": ("push.key", key.read_bytes())})
    assert "private key" in story.ada.page
    csr = steps.send_csr_file(story.ada, own.read_bytes())
    story.approve(csr)

    assert story.signed_request(csr)


def test_apple_refuses_a_raw_csr(story: Story) -> None:
    csr = story.ada.open(story.certificate_page)
    story.ada.open(link(csr, r"/csrs/[^\"]+/"))
    raw = story.ada.download(link(story.ada.page, r"/csrs/[^\"]+/csr\.pem"))

    story.apple.open("/create")
    story.apple.submit("terms", files={"signed_request": ("push.csr", raw)}, terms="on")

    assert "Invalid Certificate Signing Request" in story.apple.page


def test_no_key_reaches_a_log_or_the_database(story: Story) -> None:
    var = story.portal.var
    secrets: list[bytes] = [
        b"PRIVATE KEY",
        (var / "secrets" / "custody_private_key").read_bytes().strip(),
        (var / "secrets" / "secret_key").read_bytes().strip(),
        *(one["password"].encode() for one in story.portal.accounts),
    ]
    written = [*(var / "log").rglob("*"), *var.glob("db.sqlite3*"), story.portal.printed]
    printed_on_purpose = {one["password"].encode() for one in story.portal.accounts}

    for file in filter(Path.is_file, written):
        content = file.read_bytes()
        told = printed_on_purpose if file == story.portal.printed else set()
        assert not [s for s in secrets if s in content and s not in told], file.name


def test_a_signer_that_is_killed_signs_what_waits_once_it_is_back(
    story: Story, kill: Callable[[str], None]
) -> None:
    csr = story.create_another_csr()

    kill("signer")
    story.approve(csr)

    assert story.signed_request(csr)


@pytest.fixture
def kill(portal: Instance) -> Callable[[str], None]:
    """End one process of this portal at once, as a crash would."""

    def end(name: str) -> None:
        subprocess.run(["kill", "-9", str(portal.pids()[name])], check=True)

    return end
