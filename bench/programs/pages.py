"""`pages COUNT`: milliseconds of each page of the portal, as an admin of one customer opens it."""

import json
import sys
import time

import django

django.setup()

from django.test import Client  # noqa: E402 - the settings come first
from django.urls import reverse  # noqa: E402

from onboarding.models import Membership, User  # noqa: E402


def main(count: int) -> None:
    person = User.objects.filter(memberships__isnull=False).order_by("email").first()
    if person is None:
        raise RuntimeError("Nobody belongs to a customer: fill in some first.")
    customer = Membership.objects.filter(user=person).earliest("id").customer
    certificate = customer.push_certificates.get()
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person)
    pages = {
        "overview": customer.get_absolute_url(),
        "history": reverse("portal:history", args=[customer.pk]),
        "people": reverse("portal:people", args=[customer.pk]),
        "certificate": certificate.get_absolute_url(),
        "CSR": certificate.csr.get_absolute_url(),
    }
    found: dict[str, list[float]] = {name: [] for name in pages}
    # The first round warms up templates and connections, and does not count.
    for at in range(count + 1):
        for name, address in pages.items():
            began = time.perf_counter()
            answer = client.get(address)
            if answer.status_code != 200:
                raise RuntimeError(f"{address} answers {answer.status_code}.")
            if at:
                found[name].append((time.perf_counter() - began) * 1000)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
