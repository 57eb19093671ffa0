"""A stand-in for Apple's push service: TLS for whoever shows a push certificate.

It speaks HTTP/1.1, to which curl goes back where a server does not offer HTTP/2.
"""

import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.servers import server_certificate

HOST = "api.push.apple.com"


@dataclass(slots=True)
class APNs:
    """`asked` is what came: path, headers and body of each request."""

    port: int
    certificate: Path
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def running(folder: Path, *, issuers: Sequence[x509.Certificate]) -> Iterator[APNs]:
    """Takes certificates that one of `issuers` issued, and answers one request: BadDeviceToken."""
    certificate, key = server_certificate.make(folder, host=HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED
    # The client sends its certificate alone, and Apple knows what issued it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    pem = serialization.Encoding.PEM
    context.load_verify_locations(cadata="".join(c.public_bytes(pem).decode() for c in issuers))
    apns = APNs(0, certificate)

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            apns.asked.append((self.path, dict(self.headers.items()), body))
            self.send_response(400)
            self.end_headers()
            self.wfile.write(b'{"reason":"BadDeviceToken"}')

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        server.timeout = 30
        apns.port = server.server_port
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        yield apns
        thread.join(30)
