"""REDIS_URL: every form that operators use, and TLS that believes nobody by default."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection
from kombu.exceptions import OperationalError

from pushportal.settings import env
from tests.servers import server_certificate

REQUIRED = "ssl_cert_reqs=required"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock"),
        ("redis://broker:6379/1", "redis://broker:6379/1"),
        ("rediss://broker", f"rediss://broker?{REQUIRED}"),
        (
            "rediss://broker?ssl_ca_certs=/ca.pem",
            f"rediss://broker?ssl_ca_certs=/ca.pem&{REQUIRED}",
        ),
        ("rediss://broker?ssl_cert_reqs=none", "rediss://broker?ssl_cert_reqs=none"),
    ],
)
def test_each_form_becomes_one_that_kombu_takes(
    monkeypatch: pytest.MonkeyPatch, given: str, taken: str
) -> None:
    monkeypatch.setenv("REDIS_URL", given)

    assert env.broker_url("REDIS_URL", "") == taken


def test_a_broker_with_anybodys_certificate_is_not_talked_to(
    monkeypatch: pytest.MonkeyPatch, stranger: int
) -> None:
    monkeypatch.setenv("REDIS_URL", f"rediss://127.0.0.1:{stranger}")
    options = {"max_retries": 0, "socket_connect_timeout": 2}

    with (
        Connection(env.broker_url("REDIS_URL", ""), transport_options=options) as connection,
        pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        connection.ensure_connection(max_retries=1, interval_start=0)


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[int]:
    """The port of a server that shows a certificate of its own making, for the right address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*server_certificate.make(tmp_path, host="127.0.0.1"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_shake_hands, args=(server, context), daemon=True).start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


def _shake_hands(server: socket.socket, context: ssl.SSLContext) -> None:
    # Whoever refuses the certificate hangs up; the test's end closes the server.
    with contextlib.suppress(OSError):
        while True:
            caller, _ = server.accept()
            with (
                caller,
                contextlib.suppress(OSError),
                context.wrap_socket(caller, server_side=True),
            ):
                pass
