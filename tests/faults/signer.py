"""`python -m tests.faults.signer …`: Celery's worker as the signer, which may be slow and may die.

Arguments are Celery's own. The product knows nothing of it: its functions are wrapped here.
"""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import django
from celery.__main__ import main

from pushportal import celery

django.setup()

from signing import drain  # noqa: E402 - Django comes first
from signing.sign import Bench, SignedRequest  # noqa: E402
from tests.faults import guards, points, signer_guards, told  # noqa: E402
from tests.faults.fate import Fates, Mortal  # noqa: E402


def be_slow(seconds: float) -> None:
    """Take as long for a signature as a token does."""
    sign = Bench.sign

    def slowly(bench: Bench, csr_der: bytes) -> SignedRequest:
        time.sleep(seconds)
        return sign(bench, csr_der)

    patch.object(Bench, "sign", slowly).start()


if __name__ == "__main__":
    assert celery.app
    signer_guards.take_off(guards.read(os.environ.get(told.OFF, "")))
    be_slow(float(os.environ.get(told.SLOW, "0")))
    drain.ROUND = timedelta(seconds=float(os.environ.get(told.ROUND, "60")))
    points.lay(
        Mortal(Fates(Path(os.environ[told.FATES]))),
        linger_seconds=float(os.environ.get(told.LINGER, "0")),
    )
    sys.argv = ["celery", *sys.argv[1:]]
    main()
