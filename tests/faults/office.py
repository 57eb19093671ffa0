"""The test's end of the desk: what people do, in a process of its own."""

import json
import threading
from typing import Any

from tests.faults.running import Running


class Office:
    """Takes one errand at a time, from any thread."""

    def __init__(self, desk: Running) -> None:
        self.desk = desk
        self._lock = threading.Lock()

    def do(self, errand: str, **options: Any) -> Any:
        """What the errand answers. Any: each has options and an answer of its own."""
        asks, answers = self.desk.process.stdin, self.desk.process.stdout
        assert asks is not None
        assert answers is not None
        with self._lock:
            asks.write(json.dumps({"errand": errand, "options": options}).encode() + b"\n")
            asks.flush()
            line = answers.readline()
        assert line, f"The desk ended: {self.desk.said[-3000:]}"
        answered = json.loads(line)
        assert "failure" not in answered, answered["failure"]
        return answered["answer"]
