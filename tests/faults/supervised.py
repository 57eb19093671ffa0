"""A signer that is started again whenever it has ended, as supervisord would."""

from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Self

from tests.faults import told
from tests.faults.fate import Fates
from tests.faults.guards import Guard, written
from tests.faults.running import Running
from tests.faults.stage import PYTHON, Stage


class Supervised:
    """One signer, on a machine of its own: its own folder, its own name."""

    def __init__(
        self,
        stage: Stage,
        name: str,
        *,
        processes: int = 1,
        off: Collection[Guard] = (),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`settings` are the product's, and those of `told`, beside the stage's."""
        self.fates = Fates(stage.folder / name / "fates")
        self._stage, self._name = stage, name
        self._command = (
            *(*PYTHON, "tests.faults.signer", "-A", "pushportal", "worker", "-Q", "signing"),
            *("-n", f"{name}@localhost", "--concurrency", str(processes)),
            *("--without-gossip", "--without-mingle", "-l", "INFO"),
        )
        self._own = {
            "VAR_DIR": str(stage.folder / name),
            "SIGNER_NAME": name,
            told.FATES: str(stage.folder / name / "fates"),
            told.OFF: written(off),
            **(settings or {}),
        }
        self._ended: list[Running] = []
        self.running = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for one in (self.running, *self._ended):
            one.stop()

    @property
    def starts(self) -> int:
        return 1 + len(self._ended)

    def wait(self) -> Self:
        self.running.wait_for("ready.")
        return self

    def tend(self) -> bool:
        """Start it again if it has ended; whether it had. Its orphans finish what they are at."""
        if self.running.is_alive:
            return False
        self._ended.append(self.running)
        self.running = self._start()
        return True

    def _start(self) -> Running:
        return self._stage.start(self._name, "signer", self._command, own=self._own)
