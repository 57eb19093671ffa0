"""`python -m tests.faults.beat …`: the product's beat, which may be quicker than its schedule."""

import os
import sys

from celery.__main__ import main

from onboarding import queue
from pushportal.celery import app
from tests.faults import told

if __name__ == "__main__":
    for entry in app.conf.beat_schedule.values():
        if entry["task"] == queue.SWEEP and told.SWEEP_EVERY in os.environ:
            entry["schedule"] = float(os.environ[told.SWEEP_EVERY])
    sys.argv = ["celery", *sys.argv[1:]]
    main()
