"""The list of CSRs and the page of one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onboarding import lifecycle
from onboarding.admin.fragments import grouped
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Membership, PushCertificate, User
from onboarding.pki import csr as pki_csr
from onboarding.pki.names import Subject
from tests.admin.pages import CSRS, page


def listed(client: Client, **parameters: str) -> list[str]:
    """The ids in the list, in its order."""
    answer = client.get(CSRS, parameters)
    assert answer.status_code == 200
    return [str(csr.pk) for csr in answer.context["cl"].result_list]


def waiting(number: int) -> list[CSR]:
    """Renewals in SUBMITTED without their cryptography, each of a customer of its own."""
    return [_renewal(f"{number}-{index}") for index in range(number)]


def _renewal(name: str) -> CSR:
    now = timezone.now()
    customer = Customer.objects.create(name=name, country="DE")
    person = User.objects.create(email=f"{name}@x.example", name=name)
    Membership.objects.create(user=person, customer=customer, role=Membership.Role.ADMIN)
    asked = {
        "customer": customer,
        "requested_by": person,
        "requested_at": now,
        "state_since": now,
        "origin": CSR.Origin.UPLOADED,
    }
    certificate = PushCertificate.objects.create(
        customer=customer,
        csr=CSR.objects.create(**asked, state=CSR.State.WITHDRAWN),
        topic=f"com.apple.mgmt.External.{name}",
        not_before=now,
        not_after=now + timedelta(days=30),
        fingerprint_sha256=name,
        activated_at=now,
        der=b"der",
    )
    return CSR.objects.create(
        **asked,
        state=CSR.State.SUBMITTED,
        renews=certificate,
        der=b"der",
        public_key_sha256=name,
    )


def test_the_list_begins_with_what_waits_oldest_first(staff_client: Client, approved: CSR) -> None:
    first, second = waiting(2)

    assert listed(staff_client) == [str(first.pk), str(second.pk)]


def test_the_list_shows_each_state_when_asked(staff_client: Client, approved: CSR) -> None:
    assert listed(staff_client) == []
    assert listed(staff_client, state="approved") == [str(approved.pk)]
    assert listed(staff_client, state="all") == [str(approved.pk)]


def test_a_state_that_there_is_not_is_told(staff_client: Client, approved: CSR) -> None:
    answer = staff_client.get(CSRS, {"state": "nonsense"}, follow=True)

    assert "that this list does not know" in answer.content.decode()


def test_a_csr_is_found_whatever_its_state(staff_client: Client, active: PushCertificate) -> None:
    csr = active.csr
    key = csr.public_key_sha256

    for typed in ("acm", key, grouped(key), key.upper(), active.topic, str(csr.pk)[:8]):
        assert listed(staff_client, q=typed) == [str(csr.pk)], typed
    assert listed(staff_client, q="globex") == []


def test_the_list_tells_what_is_unusual(staff_client: Client, submitted: CSR) -> None:
    CSR.objects.filter(pk=submitted.pk).update(organization="Somebody else")

    content = staff_client.get(CSRS).content.decode()

    assert "other organisation" in content
    assert "new customer" in content
    assert "uploaded" not in content.split("result_list")[1].split("</table>")[0]


def test_the_list_asks_as_much_for_many_as_for_few(staff_client: Client, db: None) -> None:
    waiting(5)
    staff_client.get(CSRS)
    with CaptureQueriesContext(
        connection,
    ) as few:
        staff_client.get(CSRS)

    waiting(45)
    with CaptureQueriesContext(connection) as many:
        answer = staff_client.get(CSRS)

    assert len(answer.context["cl"].result_list) == 50
    assert len(many) == len(few)
    assert len(many) < 15


def test_the_page_shows_what_a_decision_needs(
    staff_client: Client, submitted: CSR, ada: User
) -> None:
    content = staff_client.get(page(submitted)).content.decode()

    for expected in (
        "Acme",
        ada.email,
        "Made here; the portal keeps the sealed key",
        "Acme push",
        "2048 bits",
        "SHA-256",
        grouped(submitted.public_key_sha256),
        "push@acme.example",
        "new customer",
        "request csr",
    ):
        assert expected in content


def test_the_page_of_a_renewal_shows_what_it_renews(
    staff_client: Client, signed_renewal: CSR, active: PushCertificate
) -> None:
    content = staff_client.get(page(signed_renewal)).content.decode()

    for expected in (active.topic, active.serial, f"{active.not_after:%Y-%m-%d}"):
        assert expected in content
    assert "MDM Vendor: " in content
    assert grouped(signed_renewal.push_request_sha256) in content


def test_the_page_of_a_csr_whose_key_is_being_made_opens(staff_client: Client, csr: CSR) -> None:
    content = staff_client.get(page(csr)).content.decode()

    assert "The key is being made." in content


def test_the_page_opens_though_the_kept_csr_is_damaged(
    staff_client: Client, submitted: CSR
) -> None:
    CSR.objects.filter(pk=submitted.pk).update(der=b"damaged")

    content = staff_client.get(page(submitted)).content.decode()

    assert "The kept CSR cannot be read any more." in content


def test_the_csr_is_downloaded_as_it_was_submitted(staff_client: Client, submitted: CSR) -> None:
    answer = staff_client.get(f"/admin/onboarding/csr/{submitted.pk}/csr.pem")

    assert pki_csr.parse(answer.content).der == bytes(submitted.der or b"")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_file_is_for_staff_who_may_see_csrs(
    client_of: Callable[[User], Client], submitted: CSR
) -> None:
    new = User.objects.create_user("new@vendor.example", "pw", name="New", is_staff=True)

    answer = client_of(new).get(f"/admin/onboarding/csr/{submitted.pk}/csr.pem")

    assert answer.status_code == 403


def test_a_csr_without_a_key_has_no_file(staff_client: Client, csr: CSR) -> None:
    assert staff_client.get(f"/admin/onboarding/csr/{csr.pk}/csr.pem").status_code == 404


def test_nothing_of_a_csr_can_be_edited(
    client_of: Callable[[User], Client], root: User, submitted: CSR
) -> None:
    client = client_of(root)
    before = CSR.objects.filter(pk=submitted.pk).values().get()

    answer = client.post(page(submitted), {"state": "fulfilled", "organization": "Mine"})

    assert answer.status_code == 403
    assert CSR.objects.filter(pk=submitted.pk).values().get() == before
    assert client.get("/admin/onboarding/csr/add/").status_code == 403


def test_no_page_holds_the_sealed_key(staff_client: Client, submitted: CSR) -> None:
    content = staff_client.get(page(submitted)).content.decode()

    assert default_storage.exists(submitted.sealed_key)
    assert submitted.sealed_key not in content


@pytest.mark.parametrize(
    "path", ["/admin/", CSRS, "{page}", "{decide}", "/admin/onboarding/event/"]
)
def test_what_a_customer_typed_is_never_markup(
    staff_client: Client, path: str, ada: User, acme: Customer
) -> None:
    evil = "<script>alert(1)</script>"
    Customer.objects.filter(pk=acme.pk).update(name=evil)
    User.objects.filter(pk=ada.pk).update(name=evil)
    acme.refresh_from_db()
    ada.refresh_from_db()
    csr = lifecycle.request_csr(
        acme, subject=Subject(common_name=evil, organization=evil), by=Actor.of(ada)
    )
    CSR.objects.filter(pk=csr.pk).update(
        state=CSR.State.SUBMITTED, der=b"x", public_key_sha256="ab" * 32, sealed_key="x"
    )
    decide = f"/admin/onboarding/csr/decide/reject/?csr={csr.pk}"

    content = staff_client.get(path.format(page=page(csr), decide=decide)).content.decode()

    assert "&lt;script&gt;alert(1)" in content
    assert evil not in content
