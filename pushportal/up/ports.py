"""Are the two ports of a run free?"""

import errno
import socket

from pushportal.up.refusal import Refused

HOST = "127.0.0.1"


def check(port: int) -> None:
    """Refuse a port that the portal, or the next one that the stand-in for Apple, cannot have."""
    if not 1 <= port < 65535:
        raise Refused(f"Port {port} cannot be used; choose one from 1024 to 65534.")
    for number, user in ((port, "the portal"), (port + 1, "the stand-in for Apple")):
        _bind(number, user=user, instead=port + 10 if port + 10 < 65535 else 8010)


def _bind(number: int, *, user: str, instead: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # A port that was closed a moment ago is free; one with a listener is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError as error:
            what = "is in use" if error.errno == errno.EADDRINUSE else "cannot be opened"
            raise Refused(
                f"Port {number}, for {user}, {what}; choose another: make run PORT={instead}."
            ) from error
