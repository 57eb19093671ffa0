"""Every page in a language of marks: what is not marked was never given to the catalogue."""

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import trans_real
from django.utils.translation.trans_real import DjangoTranslation
from pytest_django import Settings

from onboarding import errors, outbox
from onboarding.models import CSR, Mail, PushCertificate, User
from tests.portal.test_doors import OPEN, PORTAL, SIGNED_IN, keys

__all__ = ["keys"]

BEGIN, END = "⟦", "⟧"
STAFFS = {Mail.Kind.WAITING, Mail.Kind.ALARM}


class Marks(DjangoTranslation):
    """Says each text as it is, between marks."""

    def gettext(self, message: str) -> str:
        context, _, text = message.rpartition("\x04")
        # A format is no text, and marks in it would be letters of the format.
        return text if context == "form of a date" else f"{BEGIN}{text}{END}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def in_marks(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """German is the language of marks."""
    settings.VENDOR_NAME = "Example MDM"
    monkeypatch.setitem(vars(trans_real)["_translations"], "de", Marks("de"))


@pytest.fixture
def reading(in_marks: None, ada: User, as_ada: Client) -> Client:
    """Ada, who reads the language of marks."""
    User.objects.filter(pk=ada.pk).update(language="de")
    return as_ada


def unmarked(page: str) -> list[str]:
    """What a reader is told outside the marks: between tags, and in the attributes for people."""
    page = re.sub(r"(?s)<(script|style|code|pre|svg)\b.*?</\1>", " ", page)
    # Apple's own page is drawn in Apple's words, and places have their names.
    page = re.sub(r'(?s)<div class="window" lang="en".*?</figure>', " ", page)
    page = re.sub(r'<option value="\w+/[^>]*>[^<]*', " ", page)
    said = re.findall(r'\b(?:title|aria-label|placeholder|alt)="([^"]*)"', page)
    said.append(re.sub(r"(?s)<!--.*?-->|<[^>]*>", "\n", page))
    lines = "\n".join(map(_outside, map(html.unescape, said))).splitlines()
    return [line.strip() for line in lines if re.search(r"[^\W\d_]{2}", NAMES.sub(" ", line))]


def _outside(text: str) -> str:
    """`text` without what stands between marks, which may stand in each other."""
    kept, depth = [], 0
    for sign in text:
        depth += (sign == BEGIN) - (sign == END)
        if not depth and sign != END:
            kept.append(sign)
    return "".join(kept)


# Proper names, values and terms that are the same in each language.
NAMES = re.compile(
    r"""
    -----[A-Z\ ]+----- | Apple\ Account | Apple\ Push\ Services | Acme\ push
    | MDM\ Vendor:.* | Apple\ Application\ Integration.*
    | \S+@\S+ | https?://\S+ | [0-9A-Fa-f]{8,} | com\.apple\.\S+
    | \b(Acme|Globex|Ada|Bob|Eve|Example\ MDM|English|Deutsch)\b
    | \b(CSR|RSA|SHA-256|PEM|PKCS\#12|UTC|DE|US|JavaScript|Apple)\b
    | \b(Fleet|MicroMDM|NanoMDM|NanoHUB|Zentral|SimpleMDM|Jamf|openssl)\b
    | \(\.p12\) | \(\.pem\) | (iforgot|support)\.apple\.com\S*
    # What people typed.
    | Who\? | <html>
    """,
    re.VERBOSE,
)


# Their addresses are made for one person, and what they show is tried where they are made.
WITH_A_LINK = {
    "account_reset_password_from_key",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "openid_connect_callback",
    "openid_connect_login",
    "portal:answer",
    "session_end",
    "portal:calendar_file",
    "portal:guide",
    "portal:invitation_link",
    "portal:stop",
}


def addresses() -> Iterator[tuple[str, str]]:
    everything = ((f"portal:{name}", row.of) for name, row in PORTAL.items())
    yield from ((name, of) for name, of in everything if name not in WITH_A_LINK)
    yield from ((name, "") for name in [*OPEN, *sorted(SIGNED_IN)] if name not in WITH_A_LINK)


@pytest.mark.parametrize(("name", "of"), list(addresses()))
def test_no_text_of_a_page_is_left_out_of_the_catalogue(
    name: str, of: str, keys: dict[str, UUID], reading: Client
) -> None:
    answer = reading.get(reverse(name, args=[keys[of]] if of else []), follow=True)

    if answer["Content-Type"].startswith("text/html"):
        assert unmarked(answer.content.decode()) == []


@pytest.mark.parametrize("state", [one for one in CSR.State if one != CSR.State.FULFILLED])
def test_no_text_of_a_csrs_page_is_left_out(
    state: CSR.State, signed_renewal: CSR, reading: Client
) -> None:
    CSR.objects.filter(pk=signed_renewal.pk).update(
        state=state, failure_code="x", rejection_reason="Acme"
    )

    page = reading.get(signed_renewal.get_absolute_url(), follow=True).content.decode()

    assert unmarked(page) == []


@pytest.mark.parametrize("path", ["/nowhere", "/customers/x"])
def test_no_text_of_an_error_is_left_out(path: str, reading: Client) -> None:
    assert unmarked(reading.get(path).content.decode()) == []


def test_no_refusal_of_an_upload_is_left_out(signed_renewal: CSR, reading: Client) -> None:
    address = reverse("portal:certificate_upload", args=[signed_renewal.pk])

    for pasted in ("", "x", "-----BEGIN PRIVATE KEY-----", "<html>"):
        assert unmarked(reading.post(address, {"pasted": pasted}).content.decode()) == []


# Of modules that speak to customers, too: functions whose refusals no customer ever reads.
STAFFS_REFUSALS = {
    "custody.exporting._intact",
    "lifecycle.actor.demand_process",
    "lifecycle.actor.demand_staff",
    "lifecycle.closing.close_customer",
    "lifecycle.closing.reopen_customer",
    "lifecycle.csr_questions.ask_customer",
    "lifecycle.csr_questions._demand_new",
    "lifecycle.custody.hold_seal",
    "lifecycle.custody.record_reseal",
    "lifecycle.exports.ask_export",
    "lifecycle.intake._open",
    "lifecycle.invitations._demand_no_staff",
    "lifecycle.revocation.revoke",
    "lifecycle.topic_change._demand_undecided",
    "lifecycle.topic_change.allow_topic_change",
    "lifecycle.topic_change.decline_topic_change",
    "lifecycle.topic_change.note_topic_change",
    "lifecycle.topic_change.take_back_topic_approval",
    "pki.chain.Chain.of_pem",
    "pki.chain._check_form",
    "pki.chain_rules._leaf",
    "pki.chain_rules.ends_at_anchor",
    "pki.chain_rules.has_order",
    "pki.chain_rules.has_rsa_leaf",
    "pki.chain_rules.is_sha_2",
    "pki.chain_rules.is_signed_pairwise",
    "pki.key_policy._unfit",
}


def refusals() -> Iterator[tuple[str, ast.Call]]:
    """Each place that makes an error or a Text of a written sentence, by module and function."""
    for path in sorted(Path("onboarding").rglob("*.py")):
        # Where nothing is marked, all is for staff, an operator or a log.
        if "gettext_noop" in path.read_text():
            yield from _refusals(ast.parse(path.read_text()), ".".join(path.with_suffix("").parts))


def _refusals(node: ast.AST, where: str) -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        inner = where
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inner = f"{where}.{child.name}"
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
            name = getattr(errors, child.func.attr, None)
            if isinstance(name, type) and issubclass(name, errors.PortalError):
                yield where, child
        yield from _refusals(child, inner)


def test_every_refusal_is_in_the_catalogue_or_is_staffs() -> None:
    bare = {
        where.removeprefix("onboarding.")
        for where, call in refusals()
        if call.args and isinstance(call.args[0], ast.Constant | ast.JoinedStr)
    }

    assert bare == STAFFS_REFUSALS


def test_no_text_of_a_mail_is_left_out(
    reading: Client, ada: User, signed_renewal: CSR, active: PushCertificate
) -> None:
    mails = Mail.objects.filter(recipient=ada.email).exclude(kind__in=STAFFS)

    for message in map(outbox.compose, mails):
        assert unmarked(str(message.subject)) == []
        assert unmarked(str(message.body)) == []
        assert unmarked(str(message.alternatives[0][0])) == []


def test_a_text_that_is_not_marked_is_found() -> None:
    page = '<p title="said">⟦a ⟦b⟧ c⟧ Acme <b>told</b></p>'

    assert unmarked(page) == ["said", "told"]
