"""A mail server: aiosmtpd, in threads of the test, which says no where it is told to."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session

from tests.servers import server


@dataclass(slots=True)
class MailServer:
    """`refusals`: by recipient, the line with which it is refused; by `*`, everybody else.

    `login` is demanded if there is one, and TLS with it.
    """

    login: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None
    refusals: dict[str, str] = field(default_factory=dict)
    # The line with which a whole mail is refused after its last byte.
    refuses_content: str = ""
    received: list[EmailMessage] = field(default_factory=list)
    # Each recipient that was named, refused or not.
    asked: list[str] = field(default_factory=list)
    # How many connections there were.
    greeted: int = 0
    port: int = 0
    _controller: Controller | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """On a free port; on the same one again after `stop`."""
        self.port = self.port or server.free_port()
        options: dict[str, Any] = {}
        if self.login:
            # Any: aiosmtpd's own words for it.
            options = {"authenticator": self._known, "auth_required": True}
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=self.tls,
            require_starttls=self.tls is not None,
            **options,
        )
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def _known(
        self, _server: object, _session: object, _envelope: object, _: str, data: Any
    ) -> Any:
        """Any: aiosmtpd types them loosely."""
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.login)

    async def handle_EHLO(
        self, _server: object, session: Session, _envelope: object, name: str, lines: list[str]
    ) -> list[str]:
        # After STARTTLS a client says its name once more.
        self.greeted += self.tls is None or session.ssl is not None
        session.host_name = name
        return lines

    async def handle_RCPT(
        self, _server: object, _session: object, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        self.asked.append(address)
        if refusal := self.refusals.get(address, self.refusals.get("*", "")):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:
        if self.refuses_content:
            return self.refuses_content
        content = envelope.original_content or b""
        self.received.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"
