"""Each process opens the token for itself; one that was away is opened anew, once."""

import ctypes
import logging
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from pytest_django import Settings

from onboarding import errors
from signing import held, identity
from signing.identities.pkcs11 import modules
from signing.identity import SigningIdentity
from tests.signing.softhsm import MODULE, PIN, SoftHSM, opened, url
from tests.signing.vendor import Vendor

pytestmark = pytest.mark.needs("softhsm")

DATA = b"a CSR"


@pytest.fixture
def token(softhsm: SoftHSM, vendor: Vendor) -> Path:
    folder = softhsm.token()
    softhsm.key(vendor.key)
    softhsm.certificate(vendor.leaf)
    return folder


@pytest.fixture
def expected(vendor: Vendor) -> bytes:
    return vendor.key.sign(DATA, padding.PKCS1v15(), SHA256())


@pytest.fixture
def in_token(token: Path, vendor: Vendor, now: datetime) -> SigningIdentity:
    return load(vendor, now)


def load(vendor: Vendor, now: datetime) -> SigningIdentity:
    return identity.load(url(), passphrase=PIN, trust=vendor.trust, now=now)


def binding() -> ctypes.CDLL:
    """The module itself, past ours."""
    return ctypes.CDLL(str(MODULE))


def in_child(fork: Callable[[], int], work: Callable[[], bytes]) -> bytes:
    """What `work` gives in a child process."""
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        try:
            os.write(writing, work())
        except BaseException as error:  # noqa: BLE001 - nothing may get past the end of the child
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read()


def unseen_fork() -> int:
    """A fork that Python is not told of, as one by a library would be."""
    return int(ctypes.CDLL(None).fork())


@pytest.mark.parametrize("fork", [os.fork, unseen_fork])
def test_a_child_opens_the_token_for_itself_and_the_parent_signs_on(
    in_token: SigningIdentity, expected: bytes, fork: Callable[[], int]
) -> None:
    def in_three_children() -> list[bytes]:
        return [in_child(fork, lambda: in_token.sign(DATA)) for _ in range(3)]

    before = in_token.sign(DATA)
    children = in_three_children()
    after = in_token.sign(DATA)

    assert [before, *children, after] == [expected] * 5


def test_a_child_inherits_no_open_token(in_token: SigningIdentity) -> None:
    parents = modules.current(MODULE)

    unseen = in_child(unseen_fork, lambda: b"open" if parents.is_current else b"void")
    was_open = parents.is_current
    seen = in_child(os.fork, lambda: b"open" if parents.is_current else b"void")

    assert (unseen, was_open, seen) == (b"void", True, b"void")
    # Closed before that fork, so that both have nothing to share.
    assert not parents.is_current


def test_one_session_serves_every_signature(in_token: SigningIdentity) -> None:
    held = modules.current(MODULE)
    (session,) = held.sessions.values()

    for _ in range(10):
        in_token.sign(DATA)

    assert modules.current(MODULE) is held
    assert list(held.sessions.values()) == [session]


def test_a_second_identity_of_the_token_shares_its_session(
    in_token: SigningIdentity, vendor: Vendor, now: datetime, expected: bytes
) -> None:
    second = load(vendor, now)

    assert len(modules.current(MODULE).sessions) == 1
    assert second.sign(DATA) == in_token.sign(DATA) == expected


def test_another_login_in_this_process_is_no_hindrance(
    token: Path, vendor: Vendor, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    pkcs11.lib(str(MODULE)).get_token(token_label="vendor").open(user_pin=PIN)

    loaded = load(vendor, now)

    assert loaded.chain.pem == vendor.chain
    # That would have closed the other one's sessions.
    assert "opened anew" not in caplog.text


@pytest.mark.parametrize(
    "lose",
    [
        lambda slot: binding().C_CloseAllSessions(ctypes.c_ulong(slot)),
        lambda _: binding().C_Finalize(None),
        lambda _: modules.close(MODULE),
    ],
    ids=["sessions closed", "module finalised", "module closed"],
)
def test_what_was_closed_is_opened_again(
    in_token: SigningIdentity, expected: bytes, lose: Callable[[int], object]
) -> None:
    (slot,) = modules.current(MODULE).sessions
    lose(slot)

    assert in_token.sign(DATA) == expected
    assert in_token.sign(DATA) == expected


def test_an_identity_is_loaded_though_its_token_was_away(
    in_token: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    (slot,) = modules.current(MODULE).sessions
    binding().C_CloseAllSessions(ctypes.c_ulong(slot))

    assert load(vendor, now).chain.pem == vendor.chain


def test_a_token_that_comes_back_signs_again(
    in_token: SigningIdentity, token: Path, expected: bytes
) -> None:
    away = token.rename(token.parent.parent / "away")
    with pytest.raises(errors.InvalidIdentity, match="Is the token connected"):
        in_token.sign(DATA)
    with pytest.raises(errors.InvalidIdentity, match="Is the token connected"):
        in_token.sign(DATA)
    away.rename(token)

    assert in_token.sign(DATA) == expected


def test_a_token_that_comes_back_is_seen_though_another_is_in_use(
    in_token: SigningIdentity,
    token: Path,
    softhsm: SoftHSM,
    vendor: Vendor,
    expected: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away = token.rename(token.parent.parent / "away")
    softhsm.token("another")
    softhsm.key(vendor.key, at="another")
    identity.private_key_in_token(url(at="another"), pin=PIN)
    before = modules.current(MODULE)
    with pytest.raises(errors.InvalidIdentity, match="Is the token connected"):
        in_token.sign(DATA)
    # It is not initialised anew at every try, as the other token would be logged in to each time.
    assert before.is_current
    away.rename(token)
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(errors.InvalidIdentity, match="Is the token connected"):
        in_token.sign(DATA)

    assert in_token.sign(DATA) == expected


def test_a_token_that_comes_back_is_loaded(token: Path, vendor: Vendor, now: datetime) -> None:
    away = token.rename(token.parent.parent / "away")
    with pytest.raises(errors.InvalidIdentity, match="Is the token connected"):
        load(vendor, now)
    away.rename(token)

    assert load(vendor, now).chain.pem == vendor.chain


def test_of_two_tokens_with_one_key_the_other_signs_while_one_is_away(
    token: Path, softhsm: SoftHSM, vendor: Vendor, now: datetime, settings: Settings
) -> None:
    softhsm.token("second")
    softhsm.key(vendor.key, at="second")
    softhsm.certificate(vendor.leaf, at="second")
    settings.SIGNING_IDENTITY = f"{url()} {url(at='second')}"
    settings.SIGNING_IDENTITY_PASSPHRASE = PIN
    first = held.current(trust=vendor.trust, now=now)
    token.rename(token.parent.parent / "away")

    other = held.current(trust=vendor.trust, now=now)

    assert "token=vendor" in repr(first)
    assert "token=second" in repr(other)
    assert other.chain.pem == vendor.chain


def test_a_key_that_took_its_place_is_not_signed_with(
    in_token: SigningIdentity, token: Path, softhsm: SoftHSM, push_key: rsa.RSAPrivateKey
) -> None:
    token.rename(token.parent.parent / "away")
    softhsm.token()
    softhsm.key(push_key)

    with pytest.raises(errors.InvalidIdentity, match="is another one than before"):
        in_token.sign(DATA)


def test_a_handle_from_before_is_never_used_for_what_has_it_now(
    in_token: SigningIdentity, softhsm: SoftHSM, push_key: rsa.RSAPrivateKey, expected: bytes
) -> None:
    # Initialised anew, a module counts its handles from one again: the old ones denote others.
    modules.close(MODULE)
    softhsm.key(push_key, label="another", id=b"\2")
    other = identity.private_key_in_token(url(label="another"), pin=PIN)

    signature = other.sign(DATA, padding.PKCS1v15(), SHA256())

    push_key.public_key().verify(signature, DATA, padding.PKCS1v15(), SHA256())
    assert in_token.sign(DATA) == expected


def test_what_the_token_answered_is_logged_and_told(
    in_token: SigningIdentity, caplog: pytest.LogCaptureFixture, softhsm: SoftHSM
) -> None:
    caplog.set_level(logging.WARNING)
    with opened("vendor") as session:
        session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label="vendor").destroy()

    with pytest.raises(errors.InvalidIdentity):
        in_token.sign(DATA)

    assert "The token is opened anew, as it answered: " in caplog.text
