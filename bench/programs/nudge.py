"""`nudge`: have the signer look what is approved."""

import django

django.setup()

from onboarding import queue  # noqa: E402 - the settings come first

queue.sign_approved()
