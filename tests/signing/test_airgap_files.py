"""The two files of the air-gapped signer: whole or refused, and each told from everything else."""

import io
import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onboarding import errors
from onboarding.pki.chain import Chain
from signing.airgap import export, opening, results
from signing.airgap.carried import Carried, Kind
from signing.airgap.export import Waiting
from signing.airgap.results import Failure, Result, Signature
from signing.identity import SigningIdentity
from signing.sign import set_up
from tests.signing.vendor import Vendor

PORTAL = "https://portal.example"
THREE = [
    Waiting(UUID(int=n), f"Çelik & Söhne {n}", f"CN=Push {n}", "ab" * 32, bytes([n]) * 9)
    for n in range(3)
]


def exported(waiting: list[Waiting], now: datetime) -> bytes:
    file = io.BytesIO()
    export.write(file, waiting, instance=PORTAL, now=now)
    return file.getvalue()


def opened(data: bytes, wanted: Kind = Kind.EXPORT) -> Carried:
    return opening.opened(io.BytesIO(data), wanted=wanted)


def resealed(lines: list[bytes]) -> bytes:
    """What someone who knows the form makes of the lines: with a last line that fits them."""
    body = b"".join(lines)
    end = {"count": len(lines) - 1, "sha256": sha256(body).hexdigest()}
    return body + json.dumps(end).encode() + b"\n"


def with_header(data: bytes, **changes: Any) -> bytes:
    """Any: whatever JSON holds."""
    first, *rest = data.splitlines(keepends=True)[:-1]
    return resealed([json.dumps({**json.loads(first), **changes}).encode() + b"\n", *rest])


def test_an_export_is_read_as_it_was_written(now: datetime) -> None:
    file = opened(exported(THREE, now))

    assert [Waiting.of(line) for line in file.records()] == THREE
    assert [Waiting.of(line) for line in file.records()] == THREE, "a second time"
    assert file.count == 3
    assert file.header["instance"] == PORTAL
    assert file.header["created_at"] == now.isoformat(timespec="seconds")


def test_an_export_says_what_it_is_for_to_whoever_opens_it(now: datetime) -> None:
    text = exported(THREE, now).decode()

    assert "manage.py signing sign FILE" in text.splitlines()[0]
    assert "Çelik & Söhne 2" in text


def test_both_sides_tell_the_sha256_that_sha256sum_prints(now: datetime) -> None:
    file = io.BytesIO()

    written = export.write(file, THREE, instance=PORTAL, now=now)

    assert written.sha256 == sha256(file.getvalue()).hexdigest()
    assert opened(file.getvalue()).sha256 == written.sha256
    assert written.count == 3


def test_results_are_read_as_they_were_written(signer: SigningIdentity, now: datetime) -> None:
    made: list[Result] = [
        Signature(uuid4(), b"csr", b"signature"),
        Failure(uuid4(), b"csr", "unfit_key", "Zu kurz."),
    ]
    file = io.BytesIO()
    before = opened(exported(THREE, now))

    results.write(file, made, export=before, chain=signer.chain, now=now)

    read = opened(file.getvalue(), Kind.RESULTS)
    assert [results.of(line) for line in read.records()] == made
    assert results.chain(read).pem == signer.chain.pem
    assert read.header["export_sha256"] == before.sha256


def test_a_file_torn_at_any_offset_is_refused(now: datetime) -> None:
    data = exported(THREE, now)

    for at in range(len(data)):
        with pytest.raises(errors.InvalidSigningFile, match="torn"):
            opened(data[:at])


def test_a_file_with_any_byte_changed_is_refused(now: datetime) -> None:
    data = exported(THREE[:1], now)

    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(errors.InvalidSigningFile):
            opened(changed)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"Push 1", b"Push 9"),
        lambda data: data + data.splitlines(keepends=True)[-1],
        lambda data: b"".join(
            data.splitlines(keepends=True)[0::2] + data.splitlines(keepends=True)[-1:]
        ),
    ],
)
def test_a_damaged_file_is_told_from_a_torn_one(
    now: datetime, damage: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(errors.InvalidSigningFile, match="changed or damaged on the way"):
        opened(damage(exported(THREE, now)))


def test_an_export_is_not_taken_for_results(now: datetime) -> None:
    with pytest.raises(errors.InvalidSigningFile, match=r"not signed yet.*signing sign FILE"):
        opened(exported(THREE, now), Kind.RESULTS)


def test_results_are_not_taken_for_an_export(signer: SigningIdentity, now: datetime) -> None:
    file = io.BytesIO()
    results.write(file, [], export=opened(exported([], now)), chain=signer.chain, now=now)

    with pytest.raises(errors.InvalidSigningFile, match=r"signed already.*signing import FILE"):
        opened(file.getvalue())


@pytest.mark.parametrize("version", [2, 0, "1", None, 10**30])
def test_another_version_is_named(now: datetime, version: object) -> None:
    with pytest.raises(errors.InvalidSigningFile, match="the same release"):
        opened(with_header(exported(THREE, now), version=version))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"hello\n", "neither an export nor results"),
        (b"{}\n", "neither an export nor results"),
        (b'{"format": ["x"]}\n', "neither an export nor results"),
        (b"[" * 100_000, "neither an export nor results"),
        (b"\x7fELF" * 20_000, "neither an export nor results"),
        (b"", "nothing in the file: the copy was torn off"),
        (b"\0" * 512, "nothing in the file: the copy was torn off"),
    ],
)
def test_what_is_no_file_of_ours_is_named(data: bytes, sentence: str) -> None:
    with pytest.raises(errors.InvalidSigningFile, match=sentence) as refusal:
        opened(data, Kind.RESULTS)

    assert "`manage.py signing sign` wrote" in str(refusal.value)


def test_a_single_csr_is_named(csr_file: bytes) -> None:
    with pytest.raises(errors.InvalidSigningFile, match=r"`manage.py sign_csr` signs such a one"):
        opened(csr_file)


def test_a_signed_request_is_named(
    csr_file: bytes, signer: SigningIdentity, vendor: Vendor, now: datetime
) -> None:
    content = set_up(signer, trust=vendor.trust, now=now).sign(csr_file).content

    with pytest.raises(errors.InvalidSigningFile, match="the file for Apple's portal"):
        opened(content)


def test_a_certificate_is_named(vendor: Vendor) -> None:
    with pytest.raises(errors.InvalidSigningFile, match="This is a certificate"):
        opened(vendor.leaf.encode())


def test_a_private_key_is_named_and_not_shown(push_key: rsa.RSAPrivateKey) -> None:
    pem = push_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    with pytest.raises(errors.InvalidSigningFile, match="holds a private key") as refusal:
        opened(pem)

    assert "exposed" not in str(refusal.value)


ONE = json.loads(json.dumps(THREE[0].as_record()))


@pytest.mark.parametrize(
    "record",
    [
        [],
        {},
        {**ONE, "more": "x"},
        {**ONE, "id": "not one"},
        {**ONE, "der": "ä"},
        {**ONE, "customer": 7},
    ],
)
def test_a_record_of_another_form_is_refused(record: object) -> None:
    with pytest.raises(errors.InvalidSigningFile):
        Waiting.of(json.dumps(record).encode())


@pytest.mark.parametrize(
    "record",
    [
        {"id": str(uuid4()), "der": "", "signature": "?"},
        {"id": str(uuid4()), "der": ""},
        {"id": str(uuid4()), "der": "", "signature": "", "code": ""},
        {"id": "7", "der": "", "code": "", "sentence": ""},
    ],
)
def test_a_result_of_another_form_is_refused(record: object) -> None:
    with pytest.raises(errors.InvalidSigningFile):
        results.of(json.dumps(record).encode())


@pytest.mark.parametrize("chain", ["", 7, "-----BEGIN CERTIFICATE-----\n"])
def test_a_chain_of_another_form_is_refused(
    signer: SigningIdentity, now: datetime, chain: object
) -> None:
    file = io.BytesIO()
    empty = opened(exported([], now))
    results.write(file, [], export=empty, chain=Chain(()), now=now)
    read = opened(with_header(file.getvalue(), chain=chain), Kind.RESULTS)

    with pytest.raises(errors.InvalidSigningFile, match="The chain in this file"):
        results.chain(read)


def test_what_is_carried_shows_no_bytes() -> None:
    assert "signature=" not in repr(Signature(uuid4(), b"csr", b"signature"))
    assert "der" not in repr(THREE[0])
