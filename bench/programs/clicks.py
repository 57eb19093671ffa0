"""`clicks COUNT`: confirm in the admin as a browser would, and look until the CSR is signed."""

import json
import sys
import time

import django

django.setup()

from django.test import Client  # noqa: E402 - the settings come first
from django.urls import reverse  # noqa: E402

from onboarding.models import CSR, User  # noqa: E402
from tests.visitor import Forms  # noqa: E402


def click(client: Client, csr: CSR) -> tuple[float, float]:
    """Seconds until the page that confirms answered, and until the CSR was signed."""
    address = reverse("admin:onboarding_csr_decide", args=["approve"])
    page = client.get(address, {"csr": str(csr.pk)}).content.decode()
    confirmation = next(form for form in Forms(page).found if "csr" in form.names)
    began = time.monotonic()
    answer = client.post(address, confirmation.fields)
    answered = time.monotonic() - began
    while (state := CSR.objects.get(pk=csr.pk).state) == CSR.State.APPROVED:
        time.sleep(0.002)
    signed = time.monotonic() - began
    if state != CSR.State.SIGNED:
        raise RuntimeError(f"The click left the CSR {state}: {answer.content[:2000]!r}")
    return answered, signed


def main(count: int) -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.create_superuser("bench@vendor.example", "bench", name="Sam"))
    found = []
    for csr in list(CSR.objects.awaiting_decision()[:count]):
        found.append(click(client, csr))
        # The signer is idle again by the next one.
        time.sleep(0.05)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
