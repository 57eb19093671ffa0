"""A PIN comes from a file or the environment, is shown to nobody, and never tried twice wrongly."""

import logging
import struct
import traceback
from datetime import datetime
from pathlib import Path

import pkcs11
import pytest

from onboarding import errors
from signing import identity
from signing.identities.pkcs11 import modules
from signing.identity import SigningIdentity
from tests.signing.softhsm import MODULE, PIN, SoftHSM, opened, url
from tests.signing.vendor import Vendor

pytestmark = pytest.mark.needs("softhsm")

WRONG = "999777"
COUNT_LOW, FINAL_TRY, LOCKED = (
    pkcs11.TokenFlag.USER_PIN_COUNT_LOW,
    pkcs11.TokenFlag.USER_PIN_FINAL_TRY,
    pkcs11.TokenFlag.USER_PIN_LOCKED,
)
# Of SoftHSM's own attributes, the one that holds the flags of the token.
_CKA_OS_TOKENFLAGS = 0x8000_534B


@pytest.fixture
def token(softhsm: SoftHSM, vendor: Vendor) -> Path:
    folder = softhsm.token()
    softhsm.key(vendor.key)
    softhsm.certificate(vendor.leaf)
    return folder


def load(vendor: Vendor, now: datetime, pin: str | None = PIN, query: str = "") -> SigningIdentity:
    return identity.load(url(query=query), passphrase=pin, trust=vendor.trust, now=now)


def refusal(vendor: Vendor, now: datetime, pin: str | None = PIN, query: str = "") -> str:
    with pytest.raises(errors.InvalidIdentity) as refused:
        load(vendor, now, pin, query)
    return "".join(traceback.format_exception(refused.value))


def flags() -> pkcs11.TokenFlag:
    """As another program would find them now."""
    module = pkcs11.lib(str(MODULE))
    return module.get_token(token_label="vendor").flags


def test_a_pin_may_come_from_a_file_named_in_the_url(
    token: Path, vendor: Vendor, now: datetime
) -> None:
    pin = vendor.file("pin", f"{PIN}\n").rename(token.parent.parent / "pin")

    # Rather than the setting, which may be meant for other identities.
    loaded = load(vendor, now, WRONG, f"&pin-source=file:{pin}")

    assert loaded.chain.pem == vendor.chain


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read: No such file"), (b"\n", "is empty"), (b"\xff", "it is not text")],
)
def test_a_file_without_pin_is_told(
    token: Path, vendor: Vendor, now: datetime, content: bytes | None, sentence: str
) -> None:
    pin = token.parent.parent / "pin"
    if content is not None:
        pin.write_bytes(content)

    assert sentence in refusal(vendor, now, None, f"&pin-source=file:{pin}")


def test_a_file_of_the_pin_that_others_can_read_is_told_of(
    token: Path, vendor: Vendor, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    pin = token.parent.parent / "pin"
    pin.write_text(PIN)
    pin.chmod(0o644)

    load(vendor, now, None, f"&pin-source=file:{pin}")

    assert f"The PIN of the token in {pin} can be read by others" in caplog.text
    assert PIN not in caplog.text


@pytest.mark.parametrize("pin", [None, ""])
def test_a_missing_pin_is_asked_for_and_none_is_tried(
    token: Path, vendor: Vendor, now: datetime, pin: str | None
) -> None:
    assert "needs its PIN. Set SIGNING_IDENTITY_PASSPHRASE_FILE" in refusal(vendor, now, pin)
    assert not flags() & COUNT_LOW


def test_a_wrong_pin_is_told_and_not_repeated(
    token: Path, vendor: Vendor, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    told = refusal(vendor, now, WRONG)

    assert "The token 'vendor' refuses the PIN: PinIncorrect." in told
    assert WRONG not in told + caplog.text


def test_a_wrong_pin_is_tried_once(token: Path, vendor: Vendor, now: datetime) -> None:
    refusal(vendor, now, WRONG)
    assert flags() & COUNT_LOW
    # The right one, by somebody else, takes the mark of the wrong one away.
    with opened("vendor"):
        pass

    again = refusal(vendor, now, WRONG)

    assert "has refused this PIN before, so it is not tried again" in again
    assert WRONG not in again
    assert not flags() & COUNT_LOW


def test_the_right_pin_is_tried_after_a_wrong_one(
    token: Path, vendor: Vendor, now: datetime
) -> None:
    refusal(vendor, now, WRONG)

    assert load(vendor, now).chain.pem == vendor.chain


def test_a_pin_that_was_changed_meanwhile_is_tried_once(
    token: Path, vendor: Vendor, now: datetime
) -> None:
    loaded = load(vendor, now)
    with opened("vendor") as session:
        session.set_pin(PIN, WRONG)

    with pytest.raises(errors.InvalidIdentity, match="refuses the PIN"):
        loaded.sign(b"")
    with pytest.raises(errors.InvalidIdentity, match="has refused this PIN before"):
        loaded.sign(b"")


@pytest.mark.parametrize(
    ("flag", "sentence"),
    [(FINAL_TRY, "One more wrong PIN would lock"), (LOCKED, "is locked. Its security officer")],
)
def test_the_last_try_is_a_persons(
    token: Path, vendor: Vendor, now: datetime, flag: pkcs11.TokenFlag, sentence: str
) -> None:
    # SoftHSM locks nothing, so its file is given the flag that an HSM would have set.
    _set_flag(token / "token.object", flag)
    assert flags() & flag
    modules.close_all()

    assert sentence in refusal(vendor, now)


def test_a_key_that_asks_for_the_pin_each_time_gets_it(
    softhsm: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    softhsm.token()
    softhsm.key(vendor.key, always_authenticate=True)
    softhsm.certificate(vendor.leaf)

    loaded = load(vendor, now)

    assert loaded.sign(b"data") == loaded.sign(b"data")


def test_a_pin_that_is_asked_for_each_time_is_tried_wrongly_once(
    softhsm: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    softhsm.token()
    softhsm.key(vendor.key, always_authenticate=True)
    softhsm.certificate(vendor.leaf)
    loaded = load(vendor, now)
    # The login of this process stays good, so that only the key itself asks for the PIN.
    pkcs11.lib(str(MODULE)).get_token(token_label="vendor").open(rw=True).set_pin(PIN, WRONG)

    with pytest.raises(errors.InvalidIdentity, match="refuses the PIN: PinIncorrect"):
        loaded.sign(b"")
    with pytest.raises(errors.InvalidIdentity, match="has refused this PIN before"):
        loaded.sign(b"")


def _set_flag(path: Path, flag: pkcs11.TokenFlag) -> None:
    """In the file of a token: attribute type, kind and value, each eight octets, big-endian."""
    data = bytearray(path.read_bytes())
    at = data.index(struct.pack(">Q", _CKA_OS_TOKENFLAGS)) + 16
    (found,) = struct.unpack_from(">Q", data, at)
    struct.pack_into(">Q", data, at, found | flag)
    path.write_bytes(data)
