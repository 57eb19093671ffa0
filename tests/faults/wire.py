"""A wire to a server on this machine, which may be slow, or break at a given byte."""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

_CHUNK = 4096
_TICK_SECONDS = 0.05


@dataclass(slots=True)
class Wire:
    """Listens on `port` of the loopback and passes on to `target`.

    `bytes_per_second` is for each direction. `breaks_after` counts the bytes of one connection
    that go to the server: the wire breaks when so many went.
    """

    target: int
    bytes_per_second: int | None = None
    breaks_after: int | None = None
    broken: int = 0
    _listener: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    near.close()
                    continue
                for ends, left in (((near, far), self.breaks_after), ((far, near), None)):
                    threading.Thread(target=self._pass, args=(*ends, left), daemon=True).start()

    def _pass(self, source: socket.socket, drain: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                if left is not None and len(data) > left:
                    self._send(drain, data[:left])
                    self.broken += 1
                    break
                self._send(drain, data)
                left = None if left is None else left - len(data)
        # Both ends hear of it at once, as of a cable that is cut.
        for end in (source, drain):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _send(self, drain: socket.socket, data: bytes) -> None:
        if self.bytes_per_second is None:
            drain.sendall(data)
            return
        step = max(int(self.bytes_per_second * _TICK_SECONDS), 1)
        for start in range(0, len(data), step):
            time.sleep(_TICK_SECONDS)
            drain.sendall(data[start : start + step])
