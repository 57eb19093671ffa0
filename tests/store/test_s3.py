"""Files in S3, on a server that checks signatures: the same promises as in a folder."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.stub import Stubber
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding import errors, keys, storage, tasks
from onboarding.models import CSR, Customer, PushCertificate, User
from onboarding.pki import pem
from onboarding.pki.names import Subject
from onboarding.storage import heads as kept_heads
from onboarding.storage.s3 import WholeObjects
from tests.custody.parts import exported
from tests.servers.s3 import S3
from tests.store.conftest import find, kinds
from tests.stores import path

pytestmark = pytest.mark.needs("s3")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    s3 = S3.start(tmp_path_factory.mktemp("s3"))
    yield s3
    s3.stop()


@pytest.fixture(autouse=True)
def s3(server: S3, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> S3:
    """The suite's files in S3, each test's in a folder of the bucket of its own."""
    _use(settings, server, location=tmp_path.name)
    monkeypatch.setenv("TESTS_S3_FOLDER", str(server.folder))
    return server


def _use(settings: Settings, server: S3, **options: Any) -> None:
    """Any: options of several kinds."""
    settings.STORAGES = {**settings.STORAGES, "default": _entry(server, **options)}


def _entry(server: S3, **options: Any) -> dict[str, Any]:
    """One of STORAGES. Any: as above."""
    return {
        "BACKEND": "onboarding.storage.s3.WholeObjects",
        "OPTIONS": {**server.storage()["OPTIONS"], **options},
    }


def test_a_file_is_kept_read_and_deleted() -> None:
    name = storage.put(storage.UPLOADS, b"abc")
    again = storage.put(storage.UPLOADS, b"abc")
    kept_at = storage.kept_at(name)

    assert name == again
    assert storage.get(name) == path(name).read_bytes() == b"abc"
    assert storage.exists(name)
    assert kept_at
    assert abs(kept_at.timestamp() - time.time()) < 60

    storage.delete(name)
    storage.delete(name)

    assert not storage.exists(name)
    assert not path(name).exists()
    assert storage.kept_at(name) is None
    with pytest.raises(errors.DamagedRecord, match="is gone"):
        storage.get(name)


@pytest.mark.parametrize("damaged", [b"", b"ab", b"abd", b"abcd"])
def test_a_changed_object_is_not_used_and_mended_by_writing_it_again(damaged: bytes) -> None:
    name = storage.put(storage.UPLOADS, b"abc")
    path(name).write_bytes(damaged)

    with pytest.raises(errors.DamagedRecord, match="has changed"):
        storage.get(name)

    assert storage.put(storage.UPLOADS, b"abc") == name
    assert storage.get(name) == b"abc"


def test_what_is_there_is_not_written_again_but_young_again() -> None:
    client = default_storage.connection.meta.client  # type: ignore[attr-defined]
    puts: list[str] = []
    name = storage.put(storage.UPLOADS, b"abc")
    before = storage.kept_at(name)
    client.meta.events.register("before-send.s3.PutObject", lambda **_: puts.append("PUT"))
    time.sleep(1.1)

    storage.put(storage.UPLOADS, b"abc")

    after = storage.kept_at(name)
    assert before
    assert after
    assert after > before
    assert puts == []
    assert storage.get(name) == b"abc"


def test_a_head_of_the_audit_trail_is_locked_as_it_is_kept(server: S3, settings: Settings) -> None:
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": "2040-01-01"}
    heads = _entry(server, location="heads", object_parameters=lock)
    settings.STORAGES = {**settings.STORAGES, kept_heads.ALIAS: heads}
    client = storages[kept_heads.ALIAS].connection.meta.client  # type: ignore[attr-defined]
    sent: list[Mapping[str, bytes]] = []
    client.meta.events.register(
        "before-send.s3.PutObject", lambda request, **_: sent.append(request.headers)
    )

    kept_heads.put("000000000007.jws", "signed")
    kept_heads.put("000000000007.jws", "another")

    (headers,) = sent
    assert headers["x-amz-object-lock-mode"] == b"COMPLIANCE"
    assert headers["x-amz-object-lock-retain-until-date"] == b"2040-01-01T00:00:00Z"
    # Amazon's S3 locks nothing of which it cannot tell that it came whole.
    assert headers["Content-MD5"]
    assert list(kept_heads.documents(kept_heads.names())) == [("000000000007.jws", "signed")]


def test_more_names_than_fit_into_one_answer() -> None:
    folder = path(storage.UPLOADS)
    (folder / "ab").mkdir(parents=True)
    for number in range(1100):
        (folder / "ab" / f"{number:04}").touch()
    (folder / "stray").touch()

    names = list(storage.names(storage.UPLOADS))

    assert names == [*(f"uploads/ab/{number:04}" for number in range(1100)), "uploads/stray"]
    assert list(storage.names(storage.UPLOADS, after="uploads/ab/1097")) == names[1098:]
    assert list(storage.names("nothing")) == []


def test_what_is_elsewhere_in_its_place_is_listed_and_what_is_beside_that_is_not() -> None:
    mine = storage.put(storage.UPLOADS, b"abc")
    strays = ["deep/er/one", "notes", "uploads.old/ab/cd", "zz"]
    for name in strays:
        path(name).parent.mkdir(parents=True, exist_ok=True)
        path(name).touch()
    path().with_name(f"{path().name}-of-others").mkdir()
    (path().with_name(f"{path().name}-of-others") / "theirs").touch()

    assert list(storage.names_elsewhere()) == strays
    assert list(storage.names_elsewhere(after="deep/er/one")) == strays[1:]
    assert list(storage.names(storage.UPLOADS)) == [mine]


def test_nobody_goes_round_in_circles_over_keys_that_lead_elsewhere() -> None:
    """As Amazon's S3 takes them; the server of these tests does not."""
    client = default_storage.connection.meta.client  # type: ignore[attr-defined]
    place = f"{default_storage.location}/"  # type: ignore[attr-defined]
    answers = {
        "": (["/", "../", "a/", "uploads/"], ["x\\y"]),
        "a/": (["a//", "a/../", "a/./"], ["a/", "a/b"]),
    }
    with Stubber(client) as stubber:
        for prefix, (folders, files) in answers.items():
            answer = {
                "CommonPrefixes": [{"Prefix": place + one} for one in folders],
                "Contents": [{"Key": place + one} for one in files],
            }
            asked = {"Bucket": "portal", "Delimiter": "/", "Prefix": place + prefix}
            stubber.add_response("list_objects", answer, asked)

        found = list(storage.names_elsewhere())

    assert found == ["../", "/", "a/../", "a/./", "a//", "a/b", "x\\y"]
    assert not any(map(storage.is_ours, found))


def test_the_server_takes_only_what_is_signed_for_it() -> None:
    name = storage.put(storage.UPLOADS, b"abc")
    other = storage.put(storage.UPLOADS, b"abd")
    signed = default_storage.url(name)

    assert urlopen(signed).read() == b"abc"  # noqa: S310 - the server of this test
    for refused in (
        signed.partition("?")[0],
        signed.replace(name, other),
        signed[:-1] + ("0" if signed[-1] != "0" else "1"),
    ):
        with pytest.raises(HTTPError) as answer:
            urlopen(refused)  # noqa: S310 - the server of this test
        answer.value.close()
        assert answer.value.code in {400, 403}


def test_a_body_that_was_changed_on_its_way_is_refused() -> None:
    """A PUT says the digest of its body, here of another one."""
    client = default_storage.connection.meta.client  # type: ignore[attr-defined]
    sent: dict[str, Any] = {}
    client.meta.events.register(
        "before-send.s3.PutObject", lambda request, **_: sent.update(r=request)
    )
    storage.put(storage.UPLOADS, b"abc")
    request = sent["r"]

    headers = dict(request.headers)
    tampered = Request(request.url, b"abd", headers, method="PUT")  # noqa: S310 - as above
    with pytest.raises(HTTPError) as answer:
        urlopen(tampered)  # noqa: S310 - the server of this test
    answer.value.close()

    assert answer.value.code == 400


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"secret_key": "wrong"}, "refuses access"),
        ({"access_key": "nobody"}, "refuses access"),
        ({"bucket_name": "nowhere"}, "cannot be reached"),
        ({"endpoint_url": "http://127.0.0.1:1"}, "cannot be reached"),
    ],
)
def test_a_storage_that_is_set_up_wrongly_never_says_that_a_file_is_gone(
    settings: Settings,
    s3: S3,
    options: dict[str, str],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    name = storage.put(storage.UPLOADS, b"abc")
    _use(settings, s3, **options)

    for act in _everything(name):
        with pytest.raises(errors.StorageUnavailable, match=words):
            act()
    assert "wrong" not in caplog.text.replace("wrongly", "")


def test_a_server_that_is_down_is_told_and_forgotten_when_it_is_back(server: S3) -> None:
    name = storage.put(storage.UPLOADS, b"abc")
    server.stop()

    try:
        for act in _everything(name):
            with pytest.raises(errors.StorageUnavailable, match="cannot be reached"):
                act()
    finally:
        server.start_again()

    assert storage.get(storage.put(storage.UPLOADS, b"abd")) == b"abd"
    assert storage.get(name) == b"abc"


def test_a_server_that_does_not_answer_is_not_waited_for(settings: Settings, s3: S3) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        _use(
            settings,
            s3,
            endpoint_url=f"http://127.0.0.1:{deaf.getsockname()[1]}",
            client_config={"read_timeout": 0.2},
        )
        begun = time.monotonic()

        with pytest.raises(errors.StorageUnavailable, match="does not answer in time"):
            storage.put(storage.UPLOADS, b"abc")

    assert time.monotonic() - begun < 5


def test_its_patience_is_shorter_than_a_persons(s3: S3) -> None:
    config = WholeObjects(**s3.storage()["OPTIONS"]).client_config

    tries = config.retries["total_max_attempts"]
    assert tries * (config.connect_timeout + config.read_timeout) < 15
    # What was set for the addresses stays.
    assert config.s3 == {"addressing_style": "path"}
    assert config.signature_version == "s3v4"


def test_objects_are_written_whole_or_not_at_all(s3: S3) -> None:
    store = WholeObjects(**s3.storage()["OPTIONS"])

    with pytest.raises(ValueError, match="read whole here"):
        store.open("name", "wb")
    assert store.save("name", ContentFile(b"a")) == store.save("name", ContentFile(b"b")) == "name"


def _everything(name: str) -> tuple[Callable[[], object], ...]:
    return (
        lambda: storage.put(storage.UPLOADS, b"another"),
        lambda: storage.get(name),
        lambda: storage.exists("uploads/no/such"),
        lambda: storage.delete(name),
        lambda: list(storage.names(storage.UPLOADS)),
    )


def test_an_upload_and_an_export_go_through_s3(
    acme: Customer, ada: User, client_of: Callable[[User], Client], active: PushCertificate
) -> None:
    as_ada = client_of(ada)
    der = keys.build_csr(keys.new_push_key(), Subject(organization="Acme", country="DE"))
    text = pem.encode("CERTIFICATE REQUEST", der)
    export = exported(active)
    tasks.export(str(export.pk))

    taken = as_ada.post(reverse("portal:csr_upload", args=[acme.pk]), {"pasted": text})
    fetched = as_ada.post(reverse("portal:export_file", args=[export.pk]))

    export.refresh_from_db()
    assert taken.status_code == 302
    assert path(CSR.objects.get(origin=CSR.Origin.UPLOADED).upload).read_bytes() == text.encode()
    assert path(active.csr.sealed_key).exists()
    assert fetched.status_code == 200
    assert fetched["Content-Type"] == "application/x-pkcs12"
    assert export.file
    assert not path(export.file).exists()
    assert find() == []


def test_what_differs_in_s3_is_found(whole: PushCertificate, uploaded: CSR) -> None:
    path(whole.upload).unlink()
    path(uploaded.upload).write_bytes(path(uploaded.upload).read_bytes()[:-1])
    stray = storage.put(storage.SEALED_KEYS, b"nobody knows me")

    findings = find(later=timedelta(hours=2))

    assert kinds(findings) == ["changed", "missing", "orphan"]
    assert [one.about for one in findings] == [uploaded.upload, whole.upload, stray]
