"""People at the pages of the real web process, and how each answer came."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx2

from tests.visitor import Forms

DECIDE = "/admin/onboarding/csr/decide/approve/"
# Longer than anybody waits: what takes longer counts as an error.
_PATIENCE_SECONDS = 20
# A line for each click would bury the figures.
logging.getLogger("httpx2").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is 0 when there was no answer."""

    path: str
    status: int
    seconds: float

    @property
    def is_error(self) -> bool:
        return self.status == 0 or self.status >= 500


@dataclass(slots=True)
class Person:
    """Somebody who is signed in, with what came of each click."""

    client: httpx2.Client
    answers: list[Answer] = field(default_factory=list)

    def look(self, path: str) -> str:
        return self._ask("GET", path)

    def approve(self, csr: str) -> Answer:
        """Confirm on the page that asks; the answer to the confirmation."""
        page = self.look(f"{DECIDE}?csr={csr}")
        form = next((one for one in Forms(page).found if "csr" in one.names), None)
        if form:
            self._ask("POST", DECIDE, form.fields)
        return self.answers[-1]

    @property
    def errors(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.is_error]

    def _ask(self, method: str, path: str, fields: dict[str, list[str]] | None = None) -> str:
        began = time.monotonic()
        try:
            answer = self.client.request(
                method, path, data=fields, headers={"Referer": str(self.client.base_url)}
            )
            status, text = answer.status_code, answer.text
        except httpx2.HTTPError:
            status, text = 0, ""
        self.answers.append(Answer(f"{method} {path}", status, time.monotonic() - began))
        return text


@contextmanager
def signed_in(url: str, *sessions: str) -> Iterator[list[Person]]:
    """The people with these session cookies."""
    with ExitStack() as stack:
        clients = [
            stack.enter_context(
                httpx2.Client(
                    base_url=url, timeout=_PATIENCE_SECONDS, cookies={"sessionid": session}
                )
            )
            for session in sessions
        ]
        yield [Person(client) for client in clients]


class Busy:
    """Does something again and again beside the test, until the block ends."""

    def __init__(self, turn: Callable[[], None], *, every: float) -> None:
        self._turn, self._every = turn, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        if self.failure and error is None:
            raise self.failure

    def _run(self) -> None:
        try:
            while not self._over.wait(self._every):
                self._turn()
        except BaseException as error:  # noqa: BLE001 - raised again where the block ends
            self.failure = error


def percentile(answers: Sequence[Answer], share: float) -> float:
    """Seconds within which this share of the answers came."""
    ordered = sorted(answer.seconds for answer in answers)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
