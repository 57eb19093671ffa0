"""`raw_token MODULE TOKEN PIN SECONDS`: signatures per second of a token, with nothing of ours."""

import sys
import time
from typing import Any

import pkcs11


def main(module: str, label: str, pin: str, seconds: float) -> None:
    session = pkcs11.lib(module).get_token(token_label=label).open(user_pin=pin)
    # The library types keys of any kind; a private one signs.
    key: Any = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        # As long as a CSR.
        key.sign(b"x" * 650, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
        count += 1
    sys.stdout.write(str(count / seconds))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
