"""What staff do on a customer's page: notes, files, revoking, closing; and what others cannot."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import errors, lifecycle, tasks
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Attachment,
    Contact,
    Customer,
    Event,
    Mail,
    Note,
    PushCertificate,
    User,
)
from onboarding.outbox import compose
from onboarding.pki.names import Subject
from tests.admin.conftest import Clients
from tests.admin.pages import page


def deed(name: str, *ids: object) -> str:
    return reverse(f"admin:onboarding_{name}", args=ids)


def test_the_page_shows_all_that_is_known(
    staff_client: Client, acme: Customer, active: PushCertificate, ada: User, sam: User
) -> None:
    lifecycle.write_note(acme, text="Calls on Mondays.", by=Actor.of(sam))

    shown = staff_client.get(page(acme)).content.decode()

    for what in (active.topic, ada.email, "Calls on Mondays.", str(active.csr.pk)[:8], "activate"):
        assert what in shown


def test_a_note_is_kept_with_its_author(staff_client: Client, acme: Customer, sam: User) -> None:
    staff_client.post(deed("customer_note", acme.pk), {"text": "Prefers mail."})

    note = Note.objects.get()
    assert (note.author, note.text) == (sam, "Prefers mail.")
    assert "Prefers" not in str(Event.objects.get(verb="write_note").facts)


@pytest.mark.parametrize("times", [100, 101])
def test_a_long_note_is_folded_and_whole(
    staff_client: Client, acme: Customer, sam: User, times: int
) -> None:
    note = lifecycle.write_note(acme, text="Calls." * times, by=Actor.of(sam))

    content = staff_client.get(page(acme)).content.decode()

    assert f"<p>{note.text}</p>" in content
    assert ("<summary>Calls." in content) == (times > 100)


def test_an_empty_note_is_refused(acme: Customer, sam: User) -> None:
    with pytest.raises(errors.MissingReason):
        lifecycle.write_note(acme, text="  ", by=Actor.of(sam))


def test_a_file_comes_back_as_it_was(staff_client: Client, acme: Customer) -> None:
    file = SimpleUploadedFile("Vertrag “A”.html", b"<script>alert(1)</script>")

    staff_client.post(deed("customer_attach", acme.pk), {"file": file, "what": "contract"})
    kept = Attachment.objects.get()
    answer = staff_client.post(deed("attachment_file", kept.pk))

    assert answer.content == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert Event.objects.filter(verb="fetch_attachment").count() == 1
    assert kept.sha256 in kept.file


def test_a_private_key_is_never_kept(staff_client: Client, acme: Customer) -> None:
    label = "RSA PRIVATE KEY"
    key = f"-----BEGIN {label}-----\nMIIB\n-----END {label}-----\n".encode()

    answer = staff_client.post(
        deed("customer_attach", acme.pk),
        {"file": SimpleUploadedFile("push.key", key), "what": "the <old> key"},
        follow=True,
    )

    assert "holds a private key" in answer.content.decode()
    # What was typed beside it is there still, once.
    assert 'value="the &lt;old&gt; key"' in answer.content.decode()
    assert "the &lt;old&gt; key" not in staff_client.get(page(acme)).content.decode()
    assert not Attachment.objects.exists()


def test_a_note_that_is_too_long_is_refused_and_still_there(
    staff_client: Client, acme: Customer
) -> None:
    text = "long " * 4001

    answer = staff_client.post(deed("customer_note", acme.pk), {"text": text}, follow=True)

    assert "20000" in answer.content.decode()
    assert f">{text}</textarea>" in answer.content.decode()
    assert not Note.objects.exists()


def test_a_revoked_certificate_is_active_no_more(
    staff_client: Client, active: PushCertificate, signed_renewal: CSR, ada: User
) -> None:
    Contact.objects.create(customer=active.customer, email="it@acme.example")

    staff_client.post(
        deed("pushcertificate_revoke", active.pk), {"reason": "The key was <stolen>."}
    )

    active.refresh_from_db()
    signed_renewal.refresh_from_db()
    assert active.state == PushCertificate.State.REVOKED
    assert signed_renewal.state == CSR.State.WITHDRAWN
    mails = Mail.objects.filter(kind=Mail.Kind.REVOKED, push_certificate=active)
    assert {mail.recipient for mail in mails} == {ada.email, "it@acme.example"}
    message = compose(mails[0])
    assert "The key was <stolen>." in str(message.body)
    assert "&lt;stolen&gt;" in str(message.alternatives[0])


def test_a_certificate_is_revoked_once_and_with_a_reason(
    active: PushCertificate, sam: User
) -> None:
    with pytest.raises(errors.MissingReason):
        lifecycle.revoke(active, reason=" ", by=Actor.of(sam))
    lifecycle.revoke(active, reason="Stolen.", by=Actor.of(sam))

    with pytest.raises(errors.WrongState):
        lifecycle.revoke(active, reason="Again.", by=Actor.of(sam))


@pytest.mark.parametrize("name", ["pushcertificate_revoke", "pushcertificate_remind"])
def test_of_a_revoked_certificate_nothing_is_offered_that_is_over(
    staff_client: Client, active: PushCertificate, sam: User, name: str
) -> None:
    lifecycle.revoke(active, reason="Stolen.", by=Actor.of(sam))

    shown = staff_client.get(deed(name, active.pk)).content.decode()
    again = staff_client.post(deed(name, active.pk), {"reason": "Once more."})

    assert "not possible now" in shown
    assert "This certificate is revoked" in shown
    assert 'class="means"' not in shown
    assert (again.status_code, "Nothing was" in again.content.decode()) == (422, True)


def test_nobody_is_offered_to_remind_a_closed_customer(
    staff_client: Client, active: PushCertificate, acme: Customer, sam: User
) -> None:
    lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=Actor.of(sam))

    shown = staff_client.get(deed("pushcertificate_remind", active.pk)).content.decode()

    assert "Acme is closed, so nobody there is reminded of anything." in shown
    assert "Its reminders go on" not in shown


def test_closing_ends_all_and_keeps_the_history(
    staff_client: Client,
    client_of: Clients,
    acme: Customer,
    active: PushCertificate,
    signed_renewal: CSR,
    ada: User,
) -> None:
    staff_client.post(deed("customer_close", acme.pk), {"name": "Acme", "reason": "Left us."})

    acme.refresh_from_db()
    signed_renewal.refresh_from_db()
    assert acme.closed_at
    assert signed_renewal.state == CSR.State.WITHDRAWN
    assert not CSR.objects.keeping_key().filter(customer=acme).exists()
    assert Event.objects.filter(verb="destroy_key", customer=acme).count() == 2
    as_ada = client_of(ada)
    for row in (acme, active, signed_renewal):
        assert as_ada.get(row.get_absolute_url()).status_code == 404
    assert staff_client.get(page(acme)).status_code == 200


def test_the_wrong_name_closes_nothing(staff_client: Client, acme: Customer) -> None:
    answer = staff_client.post(
        deed("customer_close", acme.pk), {"name": "Acne", "reason": "Left us."}
    )

    acme.refresh_from_db()
    assert answer.status_code == 422
    assert "Left us." in answer.content.decode()
    assert acme.closed_at is None


def test_a_failed_csr_ends_with_its_customer(submitted: CSR, acme: Customer, sam: User) -> None:
    CSR.objects.filter(pk=submitted.pk).update(state="failed", failure_code="x")

    lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=Actor.of(sam))

    submitted.refresh_from_db()
    assert submitted.state == CSR.State.REJECTED
    assert not submitted.keeps_key


def test_nothing_is_begun_for_a_closed_customer(acme: Customer, sam: User) -> None:
    lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=Actor.of(sam))

    with pytest.raises(errors.WrongState, match="closed"):
        lifecycle.request_csr(acme, subject=Subject(country="DE"), by=Actor.of(sam))


def test_a_key_that_was_being_made_when_it_closed_is_not_kept(
    csr: CSR, acme: Customer, sam: User
) -> None:
    lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=Actor.of(sam))

    tasks.make_csr(str(csr.pk))

    assert not CSR.objects.keeping_key().exists()


def test_a_closed_customer_is_not_reminded(
    acme: Customer, active: PushCertificate, sam: User
) -> None:
    assert PushCertificate.objects.with_reader().exists()

    lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=Actor.of(sam))

    assert not PushCertificate.objects.with_reader().exists()


def test_a_reopened_customer_gets_in_again(
    staff_client: Client, client_of: Clients, acme: Customer, ada: User, sam: User
) -> None:
    lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=Actor.of(sam))

    staff_client.post(deed("customer_reopen", acme.pk), {"reason": "Came back."})

    assert client_of(ada).get(acme.get_absolute_url()).status_code == 200
    assert Event.objects.filter(verb="reopen_customer", customer=acme).exists()


class TestTheMailOnAClosing:
    @pytest.fixture(autouse=True)
    def somebody(self, ada: User) -> None:
        """Ada is there to be told."""

    def mails(self) -> dict[str, str]:
        found = Mail.objects.filter(kind=Mail.Kind.CLOSED)
        return {mail.recipient: " ".join(str(compose(mail).body).split()) for mail in found}

    def test_tells_its_people_and_contacts_what_it_means(
        self, acme: Customer, ada: User, bob: User, active: PushCertificate, sam: User
    ) -> None:
        gone = User.objects.create_user("gone@acme.example", "pw", is_active=False)
        acme.memberships.create(user=gone, role="reader")
        acme.contacts.create(email="it@acme.example")

        lifecycle.close_customer(acme, name="Acme", reason="Did not pay.", by=Actor.of(sam))

        told = self.mails()
        assert told.keys() == {ada.email, bob.email, "it@acme.example"}
        for text in told.values():
            assert "Its people see nothing of it" in text
            assert "were destroyed for good" in text
            assert f"until then: {active.topic} Valid until" in text
            assert "ask your MDM vendor" in text
            assert "Did not pay." not in text

    def test_speaks_of_no_keys_and_certificates_where_there_are_none(
        self, acme: Customer, sam: User
    ) -> None:
        lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=Actor.of(sam))

        (text,) = self.mails().values()
        assert "destroyed" not in text
        assert "has ended" not in text
        assert "Apple takes them" not in text

    def test_is_owed_once_for_each_closing_and_not_while_it_is_open_again(
        self, acme: Customer, sam: User
    ) -> None:
        by = Actor.of(sam)
        lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=by)
        with pytest.raises(errors.WrongState):
            lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=by)
        first = len(self.mails())

        lifecycle.reopen_customer(acme, reason="Came back.", by=by)
        reopened = len(self.mails())
        lifecycle.close_customer(acme, name="Acme", reason="Left again.", by=by)

        assert (first, reopened, len(self.mails())) == (1, 0, 1)

    def test_goes_with_the_closing_though_it_was_refused(self, acme: Customer, sam: User) -> None:
        by = Actor.of(sam)
        lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=by)
        Mail.objects.update(refused_at=timezone.now(), failure="550 5.1.1 None")

        lifecycle.reopen_customer(acme, reason="Came back.", by=by)

        assert not self.mails()


@pytest.mark.parametrize("who", ["ada", "tom"])
def test_others_do_none_of_it(
    request: pytest.FixtureRequest,
    client_of: Clients,
    acme: Customer,
    active: PushCertificate,
    sam: User,
    who: str,
) -> None:
    lifecycle.attach_file(acme, name="a", what="", file="uploads/aa/aa", size=1, by=Actor.of(sam))
    client = client_of(request.getfixturevalue(who))
    before = Event.objects.count()

    answers = [
        client.post(deed("customer_note", acme.pk), {"text": "x"}),
        client.post(deed("customer_attach", acme.pk), {"file": SimpleUploadedFile("a", b"x")}),
        client.post(deed("customer_close", acme.pk), {"name": "Acme", "reason": "x"}),
        client.post(deed("customer_reopen", acme.pk), {"reason": "x"}),
        client.post(deed("pushcertificate_revoke", active.pk), {"reason": "x"}),
    ]

    assert {answer.status_code for answer in answers} <= {302, 403}
    assert Event.objects.count() == before


def test_the_verbs_ask_again_who_acts(acme: Customer, active: PushCertificate, ada: User) -> None:
    by = Actor.of(ada)
    for refused in (
        lambda: lifecycle.revoke(active, reason="x", by=by),
        lambda: lifecycle.close_customer(acme, name="Acme", reason="x", by=by),
        lambda: lifecycle.reopen_customer(acme, reason="x", by=by),
        lambda: lifecycle.write_note(acme, text="x", by=by),
        lambda: lifecycle.attach_file(acme, name="a", what="", file="a/b", size=1, by=by),
    ):
        with pytest.raises(errors.NotAllowed):
            refused()


def test_an_imported_certificate_has_no_key_to_export(
    acme: Customer, active: PushCertificate, client_of: Clients, ada: User
) -> None:
    PushCertificate.objects.filter(pk=active.pk).update(csr=None)

    shown = client_of(ada).get(active.get_absolute_url())

    assert shown.status_code == 200
    assert "export" not in shown.content.decode()
