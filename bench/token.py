"""The vendor key in a token: SoftHSM2 through the pipeline, against the token by itself."""

import os
import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench import pipeline, stage
from bench.report import Table, spread
from tests.signing import softhsm
from tests.signing.softhsm import SoftHSM


def measure(folder: Path, *, rounds: int, count: int) -> Table:
    step = pipeline.WARM_UP + count
    made = pipeline.write(folder, rounds * step)
    line, end = pipeline.on_postgresql(folder, made)
    token = SoftHSM.start(folder / "hsm")
    # Read by the module in whichever process loads it.
    os.environ["SOFTHSM2_CONF"] = str(token.configuration)
    url = _fill(token, folder / "var" / "sandbox" / "vendor.pem")
    settings = {"SIGNING_IDENTITY": url, "SIGNING_IDENTITY_PASSPHRASE": softhsm.PIN}
    try:
        raw, found = [], []
        for at in range(rounds):
            raw.append(_raw())
            found.append(line.round(at * step, (at + 1) * step, **settings))
    finally:
        end()
    return Table(
        "token",
        f"SoftHSM2, PostgreSQL + Valkey: {count:,} CSRs a round, {rounds} rounds",
        ["", "median (rounds)"],
        [
            ["the token by itself, signatures/s", spread(raw, "{:.0f}")],
            ["approved → committed, CSRs/s", spread([r.signed for r in found], "{:.0f}")],
            [
                "share of the token's rate",
                spread([r.signed / one for r, one in zip(found, raw, strict=True)]),
            ],
        ],
    )


def _fill(token: SoftHSM, vendor: Path) -> str:
    pem = vendor.read_bytes()
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The stand-in's vendor key is RSA.")
    token.token()
    token.key(key)
    token.certificate(pem[pem.index(b"-----BEGIN CERTIFICATE") :].decode())
    return softhsm.url()


def _raw() -> float:
    command = ["taskset", "-c", str(stage.SIGNERS_CORE), sys.executable, "-m"]
    done = subprocess.run(
        [*command, "bench.programs.raw_token", str(softhsm.MODULE), "vendor", softhsm.PIN, "2"],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
