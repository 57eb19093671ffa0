"""What tests of the air-gapped signer do with CSRs and results."""

from onboarding.models import CSR
from signing.airgap import offline
from signing.airgap.export import Waiting
from signing.airgap.results import Result, Signature
from signing.airgap.take import Outcome, Taken
from signing.sign import Bench


def signed(csrs: list[CSR], bench: Bench) -> list[Result]:
    """What the offline machine makes of these rows."""
    return [offline.sign(waiting(csr), bench=bench) for csr in csrs]


def waiting(csr: CSR) -> Waiting:
    return Waiting(csr.pk, csr.customer.name, "", csr.public_key_sha256, bytes(csr.der or b""))


def signature(result: Result) -> Signature:
    assert isinstance(result, Signature)
    return result


def states(csrs: list[CSR]) -> list[str]:
    for csr in csrs:
        csr.refresh_from_db()
    return [csr.state for csr in csrs]


def outcomes(taken: list[Taken]) -> list[Outcome]:
    return [one.outcome for one in taken]


def three_failures(csrs: list[CSR]) -> list[str]:
    states(csrs)
    return [csr.failure_sentence for csr in csrs]


def break_csr(csr: CSR, der: bytes) -> None:
    """What the database could do to a CSR after its approval."""
    CSR.objects.filter(pk=csr.pk).update(der=der)
    csr.refresh_from_db()
