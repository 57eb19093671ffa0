"""`signing`: what a person sees before saying yes, and what is done without a yes."""

import json
from collections.abc import Callable
from hashlib import sha256

from pytest_django import Settings

from onboarding.models import CSR, Customer, User, VendorCertificate
from tests.commands.carried import changed
from tests.commands.terminal import Ran, Terminal
from tests.signing.airgap import states
from tests.signing.vendor import PASSPHRASE, Vendor


def test_export_and_sign_show_the_same_sha256(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    exported = terminal.manage("signing", "export", "-o", "out")

    signed = offline.start("signing", "sign", "out", "-o", "back", "--yes")

    digest = sha256((terminal.folder / "out").read_bytes()).hexdigest()
    assert digest in exported.stdout
    assert digest in signed.stdout


def test_a_person_sees_what_is_to_be_signed_and_says_yes(
    three: list[CSR], terminal: Terminal, offline: Terminal, vendor: Vendor
) -> None:
    terminal.manage("signing", "export", "-o", "out")

    status, shown = offline.typed("signing", "sign", "out", "-o", "back", answers=["yes"])

    assert status == 0, shown
    assert "Customers: Acme (3)" in shown
    assert "Signed by: MDM Vendor: Example MDM" in shown
    assert "TRUST_ANCHORS is set" in shown
    assert "Sign 3 CSRs? Type yes: " in shown
    assert (terminal.folder / "back").exists()


def test_anything_but_yes_signs_nothing(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")

    status, shown = offline.typed("signing", "sign", "out", "-o", "back", answers=["y"])

    assert status == 1
    assert "Nothing was done." in shown
    assert not (terminal.folder / "back").exists()


def test_the_end_of_input_is_no_yes(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")

    # What a terminal makes of Ctrl-D.
    status, shown = offline.typed("signing", "sign", "out", "-o", "back", answers=["\x04"])

    assert status == 1
    assert "Nothing was done." in shown
    assert "Traceback" not in shown


def test_without_a_terminal_yes_must_be_given(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")

    ran = offline.start("signing", "sign", "out", "-o", "back")

    assert ran.returncode == 1
    assert "There is no terminal to ask on" in ran.stderr
    assert not (terminal.folder / "back").exists()


def test_text_in_an_export_cannot_play_with_the_terminal(
    three: list[CSR], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    changed(terminal.folder / "out", 1, customer="\x1b[2JEvil\r\u202e")
    changed(terminal.folder / "out", 0, instance="\x1b]0;title\x07")

    ran = offline.start("signing", "sign", "out", "-o", "back", "--yes")

    assert "?[2JEvil??" in ran.stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.stdout)


def test_many_customers_are_summed_up(
    three: list[CSR], terminal: Terminal, offline: Terminal, sam: User, ada: User
) -> None:
    for number, csr in enumerate(three):
        CSR.objects.filter(pk=csr.pk).update(
            customer=Customer.objects.create(name=f"Customer {number}", country="DE")
        )
    terminal.manage("signing", "export", "-o", "out")
    path = terminal.folder / "out"
    first, one, *_ = path.read_bytes().splitlines(keepends=True)
    many = [one.replace(b"Customer 0", b"Customer %d" % n) for n in range(15)]
    path.write_bytes(b"".join([first, *many, b"\n"]))
    changed_lines = path.read_bytes().splitlines(keepends=True)[:-1]
    end = {"count": 15, "sha256": sha256(b"".join(changed_lines)).hexdigest()}
    path.write_bytes(b"".join(changed_lines) + json.dumps(end).encode() + b"\n")

    ran = offline.start("signing", "sign", "out", "-o", "back", "--yes")

    assert "Customer 9 (1) and 5 more customers" in ran.stdout


def test_another_identity_can_be_named_and_its_passphrase_typed(
    three: list[CSR], terminal: Terminal, vendor: Vendor
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    identity = vendor.pem(passphrase=PASSPHRASE)

    status, shown = terminal.typed(
        *("signing", "sign", "out", "-o", "back", "--identity", identity),
        answers=[PASSPHRASE, "yes"],
    )

    assert status == 0, shown
    assert PASSPHRASE not in shown


def test_an_unknown_vendor_certificate_is_asked_about(
    three: list[CSR], carry: Callable[[], Ran], terminal: Terminal, offline: Terminal
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    offline.start("signing", "sign", "out", "-o", "back", "--yes")

    ran = terminal.manage("signing", "import", "back")

    assert ran.returncode == 1
    assert "This vendor certificate was not seen here before. Is it yours?" in ran.stderr
    assert not VendorCertificate.objects.exists()
    assert states(three) == ["approved"] * 3


def test_a_chain_that_apple_would_refuse_is_refused_before_anything_is_asked(
    three: list[CSR], terminal: Terminal, offline: Terminal, settings: Settings
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    offline.start("signing", "sign", "out", "-o", "back", "--yes")
    settings.TRUST_ANCHORS = None

    ran = terminal.manage("signing", "import", "back")

    assert ran.returncode == 1
    assert "is not fit" in ran.stderr
    assert "Is it yours?" not in ran.stderr
    assert states(three) == ["approved"] * 3
