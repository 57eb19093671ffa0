"""The session with a token: found, logged in to, one for each token and process."""

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pkcs11
from pkcs11 import TokenFlag

from onboarding import errors
from signing.identities.pkcs11 import modules
from signing.identities.pkcs11.modules import Module
from signing.identities.pkcs11.url import Place

REFUSED = (
    pkcs11.PinIncorrect,
    pkcs11.PinInvalid,
    pkcs11.PinLenRange,
    pkcs11.PinExpired,
    pkcs11.PinLocked,
    pkcs11.UserPinNotInitialized,
)
_VALUES: dict[str, Callable[[pkcs11.Token], str]] = {
    "token": lambda token: token.label,
    "serial": lambda token: token.serial.decode(errors="replace"),
    "manufacturer": lambda token: token.manufacturer_id or "",
    "model": lambda token: token.model or "",
    "slot-id": lambda token: str(token.slot.slot_id),
    "slot-description": lambda token: token.slot.slot_description or "",
    "slot-manufacturer": lambda token: token.slot.manufacturer_id or "",
}
# PINs that a token has refused, as digests: a few wrong tries lock it.
_SALT = secrets.token_bytes(16)
_refused: set[tuple[bytes, bytes]] = set()

logger = logging.getLogger(__name__)


def session(place: Place, *, passphrase: str | None) -> tuple[Module, pkcs11.Session]:
    """The open session with the token, and its module. Raises InvalidIdentity, PKCS11Error."""
    current = modules.current(place.module_path)
    token = _token(current, place)
    slot = token.slot.slot_id
    if slot in current.sessions:
        _demand_open(current.sessions[slot])
    else:
        current.sessions[slot] = _logged_in(token, pin(place, passphrase=passphrase))
    return current, current.sessions[slot]


def pin(place: Place, *, passphrase: str | None) -> str | None:
    """From the file that the URL names, else `passphrase`. Raises InvalidIdentity."""
    return _read(place.pin_file) if place.pin_file else passphrase


def refuse(token: pkcs11.Token, pin: str, error: pkcs11.PKCS11Error) -> errors.InvalidIdentity:
    """What to raise when a token has refused this PIN, which it is never shown again."""
    _refused.add((token.serial, _digest(pin)))
    return errors.InvalidIdentity(
        f"The token {token.label!r} refuses the PIN: {modules.named(error)}. It is not tried"
        " again, as a few wrong tries lock a token. Correct SIGNING_IDENTITY_PASSPHRASE_FILE or"
        " the file of pin-source=, and start the signer again."
    )


def _demand_open(session: pkcs11.Session) -> None:
    """Raises PKCS11Error when the token was away. A search in it would end in noise instead."""
    with suppress(pkcs11.RandomNoRNG, pkcs11.FunctionNotSupported):
        session.generate_random(8)


def _token(current: Module, place: Place) -> pkcs11.Token:
    present = list(_present(current))
    found = [
        one for one in present if all(_VALUES[name](one) == value for name, value in place.token)
    ]
    if len(found) != 1:
        labels = ", ".join(repr(one.label) for one in present) or "none"
        raise errors.InvalidIdentity(
            f"{len(found) or 'No'} tokens fit SIGNING_IDENTITY ({place}); exactly one must. There"
            f" are, at {current.path}: {labels}. Is the token connected? Tell tokens of one label"
            " apart with serial= or slot-id=."
        )
    return found[0]


def _present(current: Module) -> Iterator[pkcs11.Token]:
    for slot in current.binding.get_slots(token_present=True):
        try:
            token = slot.get_token()
        except pkcs11.PKCS11Error as error:
            # One broken slot must not hide the others.
            logger.warning("Slot %s holds no usable token: %s", slot.slot_id, modules.named(error))
            continue
        if token.flags & TokenFlag.TOKEN_INITIALIZED:
            yield token


def _logged_in(token: pkcs11.Token, pin: str | None) -> pkcs11.Session:
    if not token.flags & TokenFlag.LOGIN_REQUIRED:
        return token.open()
    if not pin:
        raise errors.InvalidIdentity(
            f"The token {token.label!r} needs its PIN. Set SIGNING_IDENTITY_PASSPHRASE_FILE to a"
            " file that holds it, or SIGNING_IDENTITY_PASSPHRASE, or pin-source=file:/path in the"
            " URL."
        )
    demand_worth_trying(token, pin)
    try:
        return token.open(user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:
        return token.open()
    except REFUSED as error:
        raise refuse(token, pin, error) from error


def demand_worth_trying(token: pkcs11.Token, pin: str) -> None:
    if (token.serial, _digest(pin)) in _refused:
        raise errors.InvalidIdentity(
            f"The token {token.label!r} has refused this PIN before, so it is not tried again."
            " Correct it, and start the signer again."
        )
    if token.flags & TokenFlag.USER_PIN_LOCKED:
        raise errors.InvalidIdentity(
            f"The PIN of the token {token.label!r} is locked. Its security officer can set a new"
            " one, with the token's own tool."
        )
    if token.flags & TokenFlag.USER_PIN_FINAL_TRY:
        # A process that is started again and again would lock it, and nobody would have typed it.
        raise errors.InvalidIdentity(
            f"One more wrong PIN would lock the token {token.label!r}, so none is tried. Log in"
            " once with the token's own tool and the right PIN, then start the signer again."
        )


def _read(path: Path) -> str:
    try:
        content = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise errors.InvalidIdentity(
            f"The file of the token's PIN, {path}, cannot be read: {reason}."
        ) from error
    if not content:
        raise errors.InvalidIdentity(f"The file of the token's PIN, {path}, is empty.")
    return content


def _digest(pin: str) -> bytes:
    return hashlib.sha256(_SALT + pin.encode()).digest()
