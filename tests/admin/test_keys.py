"""What staff see of push keys and exports, and how they delete a key at the customer's wish."""

import pytest
from django.test import Client
from django.urls import reverse

from onboarding import tasks
from onboarding.models import CSR, Export, PushCertificate, User
from tests.admin.conftest import Clients
from tests.admin.pages import page
from tests.conftest import renewal
from tests.custody.parts import PASSPHRASE, exported, fetched


def deleting(csr: CSR) -> str:
    return reverse("admin:onboarding_csr_delete_key", args=[csr.pk])


def test_staff_see_under_which_custody_key_it_is_sealed(
    staff_client: Client, active: PushCertificate
) -> None:
    said = staff_client.get(page(active.csr)).content.decode()

    assert "sealed to custody key" in said
    assert active.csr.custody_key[:4] in said
    assert deleting(active.csr) in said


def test_staff_delete_a_key_in_two_steps(
    staff_client: Client, active: PushCertificate, sam: User
) -> None:
    question = staff_client.get(deleting(active.csr)).content.decode()
    kept = CSR.objects.get(pk=active.csr.pk).keeps_key
    staff_client.post(deleting(active.csr))
    being = staff_client.get(page(active.csr)).content.decode()
    tasks.destroy(str(active.csr_id))
    gone = staff_client.get(page(active.csr)).content.decode()

    assert kept
    assert "Do this at the customer's wish alone." in question
    assert "being deleted since" in being
    assert "seen to be gone from storage" in gone
    assert deleting(active.csr) not in gone
    assert active.csr.events.get(verb="destroy_key").actor == sam


def test_staff_are_told_that_nobody_can_have_a_key_that_was_never_exported(
    staff_client: Client, active: PushCertificate
) -> None:
    never = "This key was never exported from here: nobody can have it"
    lost = "no server can use this certificate"
    pages = [page(active), page(active.customer)]
    question = staff_client.get(deleting(active.csr)).content.decode()
    before = [staff_client.get(one).content.decode() for one in pages]
    staff_client.post(deleting(active.csr))

    after = [staff_client.get(one).content.decode() for one in pages]

    assert never in question
    assert not any(lost in said for said in before)
    assert all(lost in said for said in after)
    assert "Nobody has its key: it is to be renewed now." in after[1]


def test_an_approver_reads_that_a_renewal_is_early_for_a_lost_key(
    staff_client: Client, active: PushCertificate, ada: User
) -> None:
    csr = renewal(active, by=ada)
    lost = "nobody has its key"
    before = staff_client.get(page(csr)).content.decode()
    staff_client.post(deleting(active.csr))

    after = staff_client.get(page(csr)).content.decode()

    assert lost not in before
    assert lost in after


def test_of_a_key_that_was_downloaded_staff_are_told_that_a_server_may_have_it(
    staff_client: Client, active: PushCertificate
) -> None:
    fetched(active)
    question = staff_client.get(deleting(active.csr)).content.decode()
    staff_client.post(deleting(active.csr))

    after = staff_client.get(page(active.customer)).content.decode()

    assert "never exported" not in question
    assert "An MDM server that has the key goes on as before." in question
    assert "Nobody has its key" not in after


def test_staff_who_may_not_approve_may_not_delete(
    client_of: Clients, tom: User, active: PushCertificate
) -> None:
    client = client_of(tom)

    assert deleting(active.csr) not in client.get(page(active.csr)).content.decode()
    assert client.get(deleting(active.csr)).status_code == 403
    assert client.post(deleting(active.csr)).status_code == 403
    assert CSR.objects.get(pk=active.csr.pk).keeps_key


def test_a_customer_gets_nowhere_near(
    client_of: Clients, ada: User, active: PushCertificate
) -> None:
    for answer in (client_of(ada).get(deleting(active.csr)), Client().post(deleting(active.csr))):
        assert answer.status_code in {302, 403}
    assert CSR.objects.get(pk=active.csr.pk).keeps_key


def test_a_key_that_is_needed_still_is_not_deleted(staff_client: Client, signed: CSR) -> None:
    question = staff_client.get(deleting(signed)).content.decode()
    answer = staff_client.post(deleting(signed), follow=True).content.decode()

    assert "not possible now" in question
    assert "The CSR is under way and needs its key." in question
    assert "Withdraw the CSR first." in answer
    assert CSR.objects.get(pk=signed.pk).keeps_key


def test_of_a_key_that_never_was_here_nothing_is_said_to_be_deleted(
    staff_client: Client, three: list[CSR]
) -> None:
    question = staff_client.get(deleting(three[0])).content.decode()

    assert "No key of this CSR is kept here." in question
    assert "The sealed key is deleted" not in question
    assert "Delete the key for good" not in question


def test_staff_see_who_exported_what_and_nothing_of_the_file(
    staff_client: Client, active: PushCertificate
) -> None:
    export = exported(active)
    tasks.export(str(export.pk))
    export.refresh_from_db()

    listed = staff_client.get(reverse("admin:onboarding_export_changelist")).content.decode()
    shown = staff_client.get(page(export)).content.decode()

    for said in (listed, shown):
        assert active.topic in said
        assert "Ada" in said
        assert export.file not in said
        assert PASSPHRASE not in said


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_export_is_not_changed_or_deleted(
    staff_client: Client, active: PushCertificate, method: str
) -> None:
    export = exported(active)
    delete = page(export).replace("/change/", "/delete/")

    answers = [getattr(staff_client, method)(delete), staff_client.post(page(export), {})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert Export.objects.filter(pk=export.pk).exists()
