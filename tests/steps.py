"""Steps of the README's story, each by the pages that a person sees."""

import re

from tests.run import instance
from tests.visitor import Visitor


def sign_in(visitor: Visitor, *, email: str, password: str) -> None:
    visitor.open("/accounts/login/")
    visitor.submit("login", login=email, password=password)
    assert "/accounts/login" not in visitor.url, visitor.page


def note_apple_account(visitor: Visitor, account: str) -> None:
    visitor.open("/")
    visitor.open(link(visitor.page, r"/customers/[^\"]+/apple-account"))
    visitor.submit("apple_account", apple_account=account)


def choose_way(visitor: Visitor, way: str) -> None:
    """From the overview to the form of the CSR: `made_here` or `uploaded`."""
    visitor.open("/")
    visitor.open(link(visitor.page, r"/customers/[^\"]+/csrs/start"))
    visitor.submit("way", way=way)


def open_new_csr(visitor: Visitor) -> None:
    """The form for a CSR beside whatever there is, which no renewal stands in the way of."""
    visitor.open("/")
    visitor.open(f"{visitor.url}csrs/new")


def send_csr_form(visitor: Visitor, *, email: str) -> str:
    """Send the form that is open; the address of the new CSR, whose key is being made."""
    visitor.submit("email", email=email)
    assert "/csrs/" in visitor.url, visitor.page
    return visitor.url


def open_csr_upload(visitor: Visitor) -> None:
    open_new_csr(visitor)
    visitor.open(link(visitor.page, r"/customers/[^\"]+/csrs/upload"))


def send_csr_file(visitor: Visitor, pem: bytes) -> str:
    """Send the CSR that an MDM server made; its address."""
    visitor.submit("pasted", files={"upload": ("push.csr", pem)})
    assert "/csrs/" in visitor.url, visitor.page
    return visitor.url


def approve(staff: Visitor, csr: str, *, customer: str) -> None:
    pk = csr.rstrip("/").rsplit("/", 1)[-1]
    staff.open(f"/admin/onboarding/csr/{pk}/change/")
    assert customer in staff.page
    staff.open(f"/admin/onboarding/csr/decide/approve/?csr={pk}")
    staff.submit("decide/approve")
    assert staff.status == 200, staff.page


def signed_request(visitor: Visitor, csr: str) -> bytes:
    """What the customer downloads for Apple, once it is there."""
    wait_for(visitor, csr, "Download the signed request")
    return visitor.download(link(visitor.page, r"/csrs/[^\"]+/signed-request"))


def activate(visitor: Visitor, csr: str, certificate: bytes) -> str:
    """Upload what Apple issued; the address of the active certificate."""
    visitor.open(csr)
    visitor.submit("/certificate", files={"upload": ("MDM_ Acme_Certificate.pem", certificate)})
    assert "/certificates/" in visitor.url, visitor.page
    return visitor.url


def export(visitor: Visitor, certificate: str, *, passphrase: str) -> str:
    """Key and certificate as PEM, the key encrypted, as the customer downloads them."""
    visitor.open(certificate)
    visitor.open(link(visitor.page, r"/certificates/[^\"]+/export"))
    visitor.submit("passphrase", form="pem", passphrase=passphrase, again=passphrase)
    wait_for(visitor, visitor.url, "Your file is ready")
    return visitor.submit("/file")


def wait_for(visitor: Visitor, address: str, words: str) -> None:
    instance.wait_until(
        lambda: words in visitor.open(address),
        seconds=30,
        what=lambda: f"“{words}” on {visitor.page}",
    )


def link(page: str, pattern: str) -> str:
    found = re.search(rf'(?:href|action)="({pattern})"', page)
    assert found, f"No link like {pattern} in {page}"
    return found[1].replace("&amp;", "&")
