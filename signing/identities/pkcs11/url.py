"""The URL of a key in a token (RFC 7512), read strictly: a typo must not widen what it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from onboarding import errors
from signing.identities import looks

_TOKEN = frozenset(
    {
        "token",
        "serial",
        "manufacturer",
        "model",
        "slot-id",
        "slot-description",
        "slot-manufacturer",
    }
)
_PATH = _TOKEN | {"object", "id", "type"}
_QUERY = frozenset({"module-path", "pin-source", "x-chain-file"})
_FORM = "Write it as pkcs11:token=…;object=…?module-path=/path/of/the/module.so."
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key lives: a module, a token in it, the key in that; and what belongs to it.

    `token` are the attributes that the token must have, `label` and `key_id` the key's.
    """

    module_path: Path
    token: tuple[tuple[str, str], ...]
    label: str | None
    key_id: bytes | None
    pin_file: Path | None
    chain_file: Path | None

    def __str__(self) -> str:
        named = [f"{name}={value}" for name, value in self.token]
        named += [f"object={self.label}"] if self.label is not None else []
        named += [f"id={self.key_id.hex()} (hex)"] if self.key_id is not None else []
        return ", ".join(named) or "any token, any key"


def private_key(url: str) -> str:
    """The same key for other tools: the URL without what belongs to a program."""
    path = url.partition("?")[0]
    return path if re.search(r"[:;]type=", path) else f"{path};type=private"


def stamp(place: Place) -> str:
    """How the files that belong to the key look now; empty without any, or when one is away."""
    stamps = [looks.stamp(path) for path in (place.pin_file, place.chain_file) if path]
    return " ".join(stamps) if all(stamps) else ""


def exposure(place: Place) -> str | None:
    """A sentence when others than the owner may read the file of the PIN."""
    return looks.exposure(place.pin_file, what="PIN of the token") if place.pin_file else None


def is_pkcs11(url: str) -> bool:
    return url.partition(":")[0].lower() == "pkcs11"


def parse(url: str) -> Place:
    """The place that the URL names. Raises InvalidIdentity, which repeats no unknown value."""
    _refuse_pin(url)
    path, _, query = url.partition(":")[2].partition("?")
    named = dict(_attributes(path, separator=";", known=_PATH))
    options = dict(_attributes(query, separator="&", known=_QUERY))
    if named.get("type", b"private") != b"private":
        raise errors.InvalidIdentity(
            "The PKCS#11 URL names another type than private. Leave type= out, or say type=private."
        )
    return Place(
        module_path=_module_path(options),
        token=tuple((name, _text(name, named[name])) for name in sorted(_TOKEN & named.keys())),
        label=_text("object", named["object"]) if "object" in named else None,
        key_id=named.get("id"),
        pin_file=_pin_file(options),
        chain_file=_file(options, "x-chain-file"),
    )


def _refuse_pin(url: str) -> None:
    if "pin-value" in unquote(url).lower():
        raise errors.InvalidIdentity(
            "The PKCS#11 URL holds a PIN (pin-value), where process lists and logs show it. Put"
            " the PIN into a file for its owner alone, and name the file with"
            " SIGNING_IDENTITY_PASSPHRASE_FILE, or with pin-source=file:/path in the URL."
        )


def _attributes(text: str, *, separator: str, known: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    seen = set()
    for part in text.split(separator) if text else ():
        name, equals, value = part.partition("=")
        if not equals or not value or name not in known or ";" in value:
            # Not repeated, not even the name: whatever is misplaced here may be a secret.
            raise errors.InvalidIdentity(
                "The PKCS#11 URL has a part that is not understood, among those divided by"
                f" {separator!r}. Known there: {', '.join(sorted(known))}; each name=value. {_FORM}"
            )
        if name in seen:
            raise errors.InvalidIdentity(f"The PKCS#11 URL has {name}= twice. Keep one of them.")
        if _BROKEN_ESCAPE.search(value):
            raise errors.InvalidIdentity(
                f"In the PKCS#11 URL, {name}= has a % without two hexadecimal digits behind it."
                " Write a percent sign as %25."
            )
        seen.add(name)
        yield name, unquote_to_bytes(value)


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise errors.InvalidIdentity(f"In the PKCS#11 URL, {name}= is not UTF-8.") from error


def _module_path(options: dict[str, bytes]) -> Path:
    path = _file(options, "module-path")
    if path is None:
        raise errors.InvalidIdentity(
            f"The PKCS#11 URL names no module, the library that talks to the token. {_FORM}"
        )
    return path


def _pin_file(options: dict[str, bytes]) -> Path | None:
    source = options.get("pin-source")
    if source is None:
        return None
    scheme, _, path = _text("pin-source", source).partition(":")
    if scheme != "file":
        raise errors.InvalidIdentity(
            "In the PKCS#11 URL, pin-source= must name a file, as pin-source=file:/path."
        )
    # As in a file: URL, whose empty host some people write and some do not.
    return _absolute("pin-source", path.removeprefix("//"))


def _file(options: dict[str, bytes], name: str) -> Path | None:
    return _absolute(name, _text(name, options[name])) if name in options else None


def _absolute(name: str, path: str) -> Path:
    if not path.startswith("/") or "\0" in path:
        raise errors.InvalidIdentity(f"In the PKCS#11 URL, {name}= must be an absolute path.")
    return Path(path)
