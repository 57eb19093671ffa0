"""The URL of a key in a token (RFC 7512): what it names, and each way to write it wrongly."""

from pathlib import Path

import pytest

from onboarding import errors
from signing import identity
from signing.identities.pkcs11 import url

SECRET = "314159"


def test_a_url_names_module_token_and_key() -> None:
    place = url.parse(
        "pkcs11:token=vendor;serial=c8a42ad0;object=mdm;id=%01%ff;type=private"
        "?module-path=/usr/lib/hsm.so&pin-source=file:/etc/pin&x-chain-file=/etc/chain.pem"
    )

    assert place == url.Place(
        module_path=Path("/usr/lib/hsm.so"),
        token=(("serial", "c8a42ad0"), ("token", "vendor")),
        label="mdm",
        key_id=b"\x01\xff",
        pin_file=Path("/etc/pin"),
        chain_file=Path("/etc/chain.pem"),
    )


def test_what_would_divide_is_written_with_percent_signs() -> None:
    place = url.parse(
        "pkcs11:token=M%C3%BCller%3B%20%26%20Co;object=50%25?module-path=/opt/a%20b%26c.so"
    )

    assert place.token == (("token", "Müller; & Co"),)
    assert place.label == "50%"
    assert place.module_path == Path("/opt/a b&c.so")


@pytest.mark.parametrize("source", ["file:/etc/pin", "file:///etc/pin", "file%3A%2Fetc%2Fpin"])
def test_the_file_of_the_pin_is_a_file_url(source: str) -> None:
    place = url.parse(f"pkcs11:token=vendor?module-path=/m.so&pin-source={source}")

    assert place.pin_file == Path("/etc/pin")


def test_the_scheme_is_known_in_any_case() -> None:
    assert url.is_pkcs11("PKCS11:token=vendor")
    assert not url.is_pkcs11("file:///pkcs11:token")
    assert not url.is_pkcs11("/pkcs11")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("pkcs11:token=vendor", "names no module"),
        ("pkcs11:token=vendor?module-path=lib.so", "module-path= must be an absolute path"),
        ("pkcs11:token=vendor?module-path=/a%00b", "module-path= must be an absolute path"),
        ("pkcs11:token=v?module-path=/m&x-chain-file=c", "x-chain-file= must be an absolute path"),
        (f"pkcs11:{SECRET}?module-path=/m", "part that is not understood, among those divided by"),
        (f"pkcs11:pin={SECRET}?module-path=/m", "not understood"),
        (f"pkcs11:token=a;{SECRET}=b?module-path=/m", "not understood"),
        (f"pkcs11:token=a?module-path=/m;pin={SECRET}", "not understood"),
        (f"pkcs11:token=a?module-name={SECRET}", "not understood.*module-path"),
        ("pkcs11:token=a;?module-path=/m", "not understood"),
        ("pkcs11:token=?module-path=/m", "not understood"),
        ("pkcs11:Token=a?module-path=/m", "not understood"),
        ("pkcs11:token=a;token=b?module-path=/m", "has token= twice"),
        ("pkcs11:token=50%?module-path=/m", "% without two hexadecimal digits"),
        ("pkcs11:id=%0g?module-path=/m", "% without two hexadecimal digits"),
        ("pkcs11:token=%ff?module-path=/m", "token= is not UTF-8"),
        ("pkcs11:token=a;type=cert?module-path=/m", "another type than private"),
        (f"pkcs11:token=a?module-path=/m&pin-source=|echo%20{SECRET}", "pin-source=file:/path"),
        (f"pkcs11:token=a?module-path=/m&pin-source={SECRET}", "pin-source=file:/path"),
        ("pkcs11:token=a?module-path=/m&pin-source=file:pin", "must be an absolute path"),
    ],
)
def test_a_wrong_url_is_refused_without_repeating_what_is_unknown(
    wrong: str, sentence: str
) -> None:
    with pytest.raises(errors.InvalidIdentity, match=sentence) as refused:
        url.parse(wrong)

    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        f"pkcs11:token=a?module-path=/m&pin-value={SECRET}",
        f"pkcs11:token=a?pin-value={SECRET}",
        f"pkcs11:token=a;pin-value={SECRET}?module-path=/m",
        f"pkcs11:token=a?module-path=/m&PIN%2Dvalue={SECRET}",
        f"pkcs11:token=a?module-path=/m&pin-source=file:/pin?pin-value={SECRET}",
        f"pkcs11:pin-value={SECRET}",
    ],
)
def test_a_pin_in_the_url_is_refused_and_not_repeated(wrong: str) -> None:
    for read in (url.parse, identity.exposure, identity.stamp):
        with pytest.raises(errors.InvalidIdentity, match=r"holds a PIN \(pin-value\)") as refused:
            read(wrong)

        assert SECRET not in f"{refused.value!r}"


def test_a_file_of_a_pin_that_others_can_read_is_told_of(tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text(SECRET)
    named = f"pkcs11:token=a?module-path=/m&pin-source=file:{pin}"
    pin.chmod(0o600)

    kept = identity.exposure(named)
    pin.chmod(0o640)

    assert kept is None
    assert identity.exposure(named) == (
        f"The PIN of the token in {pin} can be read by others than its owner (mode 0640)."
        f" Run: chmod 600 {pin}"
    )
    assert identity.exposure("pkcs11:token=a?module-path=/m") is None


@pytest.mark.parametrize("option", ["pin-source=file:", "x-chain-file="])
def test_a_file_beside_the_key_that_is_written_anew_changes_the_stamp(
    tmp_path: Path, option: str
) -> None:
    path = tmp_path / "file"
    named = f"pkcs11:token=a?module-path=/m&{option}{path}"

    missing = identity.stamp(named)
    path.write_text("one")
    first = identity.stamp(named)
    path.write_text("another")

    assert len({missing, first, identity.stamp(named)}) == 3
