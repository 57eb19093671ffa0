"""A small OpenID Connect provider on loopback, with real keys: it signs in whom it is told to."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "portal"
CLIENT_SECRET = "only the two of us"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider(ThreadingHTTPServer):
    """`claims` is what it says of the person; `userinfo` where it says something else there."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        # Any: a provider says whatever it likes.
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.is_down = False
        # Code -> what was asked with it, and access token -> that it was issued.
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()

    def id_token(self) -> str:
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 60, **self.claims}
        return jwt.encode(told, KEY, algorithm="RS256", headers={"kid": "1"})


@contextmanager
def running() -> Iterator[Provider]:
    provider = Provider()
    thread = threading.Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join()


class _Pages(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *_: object) -> None:
        """Silent: the suite reads what it asks for."""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        pages = {
            "/.well-known/openid-configuration": self._configuration,
            "/authorize": self._authorize,
            "/userinfo": self._userinfo,
            "/keys": self._keys,
        }
        if self.server.is_down:
            self._answer({"error": "away"}, status=503)
        else:
            pages[address.path](_single(address.query))

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = _single(self.rfile.read(length).decode())
        code = self.server.codes.pop(asked.get("code", ""), None)
        verifier = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        is_right = (
            code is not None
            and code["code_challenge"] == challenge
            and code["redirect_uri"] == asked.get("redirect_uri")
            and (asked.get("client_id"), asked.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        )
        if not is_right:
            self._answer({"error": "invalid_grant"}, status=400)
            return
        token = secrets.token_urlsafe()
        self.server.tokens.add(token)
        self._answer(
            {"access_token": token, "token_type": "Bearer", "id_token": self.server.id_token()}
        )

    def _configuration(self, _: dict[str, str]) -> None:
        issuer = self.server.issuer
        self._answer(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "jwks_uri": f"{issuer}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )

    def _authorize(self, asked: dict[str, str]) -> None:
        """The person is signed in here already, so the way leads straight back."""
        code = secrets.token_urlsafe()
        self.server.codes[code] = asked
        self.send_response(302)
        back = urlencode({"code": code, "state": asked["state"]})
        self.send_header("Location", f"{asked['redirect_uri']}?{back}")
        self.end_headers()

    def _userinfo(self, _: dict[str, str]) -> None:
        token = self.headers["Authorization"].removeprefix("Bearer ")
        if token not in self.server.tokens:
            self._answer({"error": "invalid_token"}, status=401)
            return
        told = self.server.claims if self.server.userinfo is None else self.server.userinfo
        self._answer(told)

    def _keys(self, _: dict[str, str]) -> None:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        self._answer({"keys": [{**key, "kid": "1", "alg": "RS256", "use": "sig"}]})

    def _answer(self, told: dict[str, Any], *, status: int = 200) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
