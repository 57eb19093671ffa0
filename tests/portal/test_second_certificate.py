"""A second certificate for a new topic: two tabs, or two admins, make none where one was meant."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from onboarding.models import CSR, Customer, PushCertificate
from tests.beside import ran_on_postgresql
from tests.portal.test_steps import page
from tests.portal.test_uploads import CSR_PEM

AT_ONCE = """
import django
django.setup()
from django.core.management import call_command
from onboarding import lifecycle, queue
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Membership, User
from onboarding.pki.names import Subject
from tests.at_once import at_once

queue._send = lambda *message: None
call_command("migrate", verbosity=0)
subject = Subject(common_name="Acme", country="DE")
refused = []
for number in range(10):
    acme = Customer.objects.create(name="Acme", country="DE")
    both = [User.objects.create_user(f"{n}@{number}.example", name="x") for n in "ab"]
    for user in both:
        Membership.objects.create(user=user, customer=acme, role="admin")
    refused += at_once(*(
        lambda by=by: lifecycle.request_csr(acme, subject=subject, by=Actor.of(by), beside=[])
        for by in both
    ))
print(CSR.objects.count(), *refused)
"""


SENT = {
    "csr_create": {"email": "it@acme.example"},
    "csr_upload": {"pasted": CSR_PEM},
}


@pytest.fixture(params=SENT)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def send(client: Client, address: str, name: str, shown: str = "") -> Any:
    """As the form of the page that was `shown` does. Any: Django's answer."""
    hidden = re.findall(r'name="beside" value="([^"]+)"', shown)
    return client.post(address, {**SENT[name], "beside": hidden})


def test_it_is_not_made_by_who_did_not_see_the_first(
    name: str, as_ada: Client, acme: Customer, submitted: CSR
) -> None:
    answer = send(as_ada, page(name, acme), name)

    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Ada has asked for a push certificate already" in shown
    assert "So nothing was sent now." in shown
    assert f'<a href="{submitted.get_absolute_url()}">' in shown
    assert acme.csrs.count() == 1
    again = send(as_ada, page(name, acme), name, shown)
    assert again.status_code == 302
    assert acme.csrs.count() == 2


@pytest.mark.usefixtures("submitted")
def test_it_is_made_by_who_was_told(name: str, as_ada: Client, acme: Customer) -> None:
    shown = as_ada.get(page(name, acme)).content.decode()

    answer = send(as_ada, page(name, acme), name, shown)

    assert "Ada has asked for a push certificate already" in shown
    assert "nothing was sent" not in shown
    assert answer.status_code == 302


def test_it_is_made_where_the_first_is_over(
    name: str, as_ada: Client, acme: Customer, submitted: CSR
) -> None:
    CSR.objects.filter(pk=submitted.pk).update(state=CSR.State.WITHDRAWN)

    assert send(as_ada, page(name, acme), name).status_code == 302


def test_it_is_made_beside_a_renewal(
    name: str, as_ada: Client, acme: Customer, active: PushCertificate, submitted: CSR
) -> None:
    CSR.objects.filter(pk=submitted.pk).update(renews=active)

    assert send(as_ada, page(name, acme), name).status_code == 302


def test_it_is_one_where_the_same_form_comes_twice(as_ada: Client, acme: Customer) -> None:
    form = {**SENT["csr_create"], "csr": str(uuid4())}

    answers = [as_ada.post(page("csr_create", acme), form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert acme.csrs.count() == 1


def test_it_is_told_of_at_the_first_step(as_ada: Client, acme: Customer, submitted: CSR) -> None:
    shown = as_ada.get(page("csr_start", acme)).content.decode()

    assert f'<a href="{submitted.get_absolute_url()}">Go on with that CSR</a>' in shown


@pytest.mark.needs("postgresql")
def test_of_two_at_once_one_asks(tmp_path: Path) -> None:
    assert ran_on_postgresql(AT_ONCE, tmp_path).split() == ["10", *["AlreadyUnderWay"] * 10]
