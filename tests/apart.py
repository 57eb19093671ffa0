"""A program in a process of its own, which ends by itself."""

import os
import subprocess
import sys

from tests.run.instance import ROOT


def ran(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Python with these words, from the root, once it has ended; of the caller's it knows PATH."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
