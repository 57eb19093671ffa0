"""Signed heads: made when it is time, brought everywhere, believed only when they are genuine."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from onboarding import errors, keys, lifecycle, storage, tasks, trail_watch
from onboarding.audit import comparing, head, leaving, places
from onboarding.audit.verification import Walk
from onboarding.models import AuditHead, Customer, HeadDelivery, User
from onboarding.storage import heads as kept
from tests import stores
from tests.audit.conftest import AUDIT_KEY, AUDIT_PUBLIC_KEY, of

Requests = list[tuple[dict[str, str], bytes]]


@pytest.fixture
def received() -> Requests:
    return []


@pytest.fixture
def webhook(received: Requests) -> Iterator[HTTPServer]:
    """A server that takes what it is sent; at /away it sends everyone elsewhere."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(302 if self.path == "/away" else 204)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_head_reaches_the_storage_a_mailbox_and_a_webhook(
    chain: int, settings: Settings, webhook: HTTPServer, received: Requests
) -> None:
    address = f"http://127.0.0.1:{webhook.server_port}/?token=secret"
    settings.AUDIT_HEADS_TO = ["auditor@example.org", address]

    tasks.send_heads()

    row = AuditHead.objects.get()
    assert row.seq == chain
    assert not HeadDelivery.objects.owed().exists()
    assert [document for _, document in kept.documents(kept.names())] == [row.document]
    assert mail.outbox[0].to == ["auditor@example.org"]
    assert mail.outbox[0].attachments[0][1] == row.document
    assert row.hash in mail.outbox[0].body
    headers, body = received[0]
    assert body.decode() == row.document
    signed = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    version, signature = headers["webhook-signature"].split(",")
    assert version == "v1a"
    public_key = Ed25519PublicKey.from_public_bytes(base64.b64decode(AUDIT_PUBLIC_KEY))
    public_key.verify(base64.b64decode(signature), signed)
    assert not any("secret" in one.place for one in HeadDelivery.objects.all())


def test_a_redirect_is_not_followed(
    chain: int, settings: Settings, webhook: HTTPServer, received: Requests
) -> None:
    settings.AUDIT_HEADS_TO = [f"http://127.0.0.1:{webhook.server_port}/away"]

    tasks.send_heads()

    assert len(received) == 1
    assert HeadDelivery.objects.owed().get().failure == "It answered 302."


def test_what_could_not_leave_is_told_to_staff_and_tried_again(
    chain: int, settings: Settings, ada: User, acme: Customer
) -> None:
    settings.AUDIT_HEADS_TO = ["http://127.0.0.1:9/"]
    settings.AUDIT_HEAD_EVERY = 0
    tasks.send_heads()
    lifecycle.set_apple_account(acme, apple_account="new@acme.example", by=of(ada))
    tasks.seal_events()
    tasks.send_heads()
    later = timezone.now() + timedelta(minutes=11)

    owed = HeadDelivery.objects.owed().get()
    told = trail_watch.matters(now=later, heads_are_made=True)["heads"]
    settings.AUDIT_HEADS_TO = []
    tasks.send_heads()

    # Only the newest is owed, since the time at which the first was.
    assert owed.head.seq == chain + 1
    assert "could not be reached" in owed.failure
    assert "reaches webhook 127.0.0.1" in told
    assert "heads" not in trail_watch.matters(now=later, heads_are_made=True)


def test_without_a_key_none_leaves_and_staff_are_told(chain: int, settings: Settings) -> None:
    settings.AUDIT_KEY = None

    tasks.send_heads()

    assert not AuditHead.objects.exists()
    told = trail_watch.matters(now=timezone.now(), heads_are_made=False)
    assert "manage.py audit new" in told["heads"]


def test_a_head_is_made_when_it_is_time_and_there_is_something_new(
    chain: int, settings: Settings, ada: User, acme: Customer
) -> None:
    tasks.send_heads()
    tasks.send_heads()
    lifecycle.set_apple_account(acme, apple_account="new@acme.example", by=of(ada))
    tasks.seal_events()
    tasks.send_heads()
    assert AuditHead.objects.count() == 1

    settings.AUDIT_HEAD_EVERY = 0
    tasks.send_heads()
    tasks.send_heads()

    assert AuditHead.objects.count() == 2


def made() -> AuditHead:
    row = leaving.make([places.Storage()], audit_key=AUDIT_KEY, now=timezone.now())
    assert row
    return row


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sequence", 1),
        ("hash", "0" * 64),
        ("made_at", "2020-01-01T00:00:00.000000Z"),
        ("portal", "https://other.example"),
        ("key", "0" * 16),
        ("signature", ""),
        ("signature", 5),
        ("hash", "zz"),
        ("sequence", "many"),
        ("events", 9999),
        ("events", None),
        ("kind", "another"),
        ("version", 2),
        ("note", "5 Events are missing, which is fine"),
    ],
)
def test_a_head_that_was_changed_is_not_believed(chain: int, field: str, value: object) -> None:
    changed = json.dumps({**json.loads(made().document), field: value})

    with pytest.raises(errors.InvalidHead):
        head.verify(changed, [AUDIT_PUBLIC_KEY])


def test_a_name_that_is_there_twice_is_not_believed(chain: int) -> None:
    twice = made().document.replace('{"events":', '{"events":9999,"events":')

    with pytest.raises(errors.InvalidHead):
        head.verify(twice, [AUDIT_PUBLIC_KEY])


def test_a_head_that_was_set_out_anew_is_the_same(chain: int) -> None:
    document = made().document

    again = head.verify(f"{json.dumps(json.loads(document), indent=2)}\n", [AUDIT_PUBLIC_KEY])

    assert again == head.verify(document, [AUDIT_PUBLIC_KEY])


@pytest.mark.parametrize("document", ["", "[]", "null", "{}", "[" * 9000, "x" * 20_000])
def test_what_is_no_head_is_told(document: str) -> None:
    with pytest.raises(errors.InvalidHead, match="no head"):
        head.verify(document, [AUDIT_PUBLIC_KEY])


def test_a_head_of_another_key_is_not_believed(chain: int) -> None:
    _, other = keys.new_audit_key_pair()

    with pytest.raises(errors.InvalidHead, match="known here: "):
        head.verify(made().document, [other])


def test_what_is_no_key_is_told_without_its_value() -> None:
    with pytest.raises(errors.InvalidAuditKey) as told:
        keys.audit_public_half("not a key")

    assert "not a key" not in str(told.value)
    with pytest.raises(errors.InvalidAuditKey):
        head.raw("not a key")


def test_the_address_of_a_webhook_is_in_no_repr() -> None:
    (_, webhook) = places.all_of(["https://auditor.example/?token=secret"])

    assert "secret" not in repr(webhook) + webhook.name


def test_heads_in_the_storage_are_no_orphans(chain: int) -> None:
    tasks.send_heads()

    assert kept.names()
    assert list(storage.names_elsewhere()) == []


def test_another_file_beside_the_heads_stops_no_night(chain: int) -> None:
    tasks.send_heads()
    (stores.path("audit-heads") / "readme.txt").write_text("Do not delete.")

    (found,) = comparing.from_storage(Walk(), newest=5)

    assert found[0].startswith(f"{chain:015d}-")
