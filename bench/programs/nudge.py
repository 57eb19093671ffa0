"""`nudge`: have the signer look what is approved; prints when, by the machine's monotonic clock."""

import sys
import time

import django

django.setup()

from onboarding import queue  # noqa: E402 - the settings come first

# The broker is connected to before: a running portal is, too.
queue.is_reachable()
sys.stdout.write(str(time.monotonic()))
queue.sign_approved()
