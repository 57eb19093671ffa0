"""What signing takes: the identities and their passphrase, and how much may be signed."""

import socket

from pushportal.settings import env

# One URL, or several with space between them: the newest that is valid signs.
SIGNING_IDENTITY = env.optional("SIGNING_IDENTITY")
SIGNING_IDENTITY_PASSPHRASE = env.optional("SIGNING_IDENTITY_PASSPHRASE")

# Under this name a signer counts, and staff read of it; each machine has its own.
SIGNER_NAME = env.text("SIGNER_NAME", socket.gethostname())[:100]
# CSRs that are signed and recorded together.
SIGNING_BATCH = env.number("SIGNING_BATCH", 500, minimum=1)
# CSRs per second that each process signs at most; 0: as fast as it can.
SIGNING_RATE = env.number("SIGNING_RATE", 0)
# CSRs that a signer signs at most in a day (UTC); 0: no cap.
SIGNING_DAILY_CAP = env.number("SIGNING_DAILY_CAP", 0)
