"""A reader of the mail alone knows what to do: in each situation, as text and as HTML."""

import re
from datetime import datetime

import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django import Settings

from onboarding import outbox, tasks
from onboarding.models import CSR, Contact, Customer, Mail, PushCertificate, User
from tests.pki.authority import authority, push
from tests.reminders.conftest import DAY, NOW, Issue


def written(
    certificate: PushCertificate, *, to: str, now: datetime = NOW
) -> EmailMultiAlternatives:
    with time_machine.travel(now, tick=False):
        tasks.remind()
        return outbox.compose(Mail.objects.get(recipient=to, push_certificate=certificate))


def bodies(message: EmailMultiAlternatives) -> tuple[str, str]:
    return str(message.body), str(message.alternatives[0][0])


def renewal(certificate: PushCertificate, state: CSR.State) -> CSR:
    csr = CSR(
        customer=certificate.customer,
        renews=certificate,
        state=CSR.State.REQUESTED,
        state_since=NOW,
        origin=CSR.Origin.UPLOADED,
        requested_by=certificate.csr.requested_by,
        requested_at=NOW,
        der=b"x",
        public_key_sha256="0" * 64,
    )
    csr.save()
    CSR.objects.filter(pk=csr.pk).update(state=state)
    return csr


def test_it_says_that_nobody_has_the_key(issue: Issue) -> None:
    certificate = issue(NOW + 30 * DAY)
    CSR.objects.update(origin=CSR.Origin.MADE_HERE, sealed_key="x", key_destroyed_at=NOW)

    for body in bodies(written(certificate, to="ada@acme.example")):
        assert "no MDM server can use it: its key was deleted before anybody downloaded" in body
        assert "no device notices" not in body


def test_it_names_customer_topic_serial_end_and_apple_account(issue: Issue) -> None:
    certificate = issue(NOW + 30 * DAY)

    message = written(certificate, to="ada@acme.example")

    assert (
        message.subject == "Acme: the push certificate ends on 24 December 2027 (UTC), in 30 days"
    )
    for body in bodies(message):
        for fact in ("Acme", certificate.topic, certificate.serial, "push@acme.example"):
            assert fact in body
        assert "24 December 2027, 07:00" in body
        assert f"/certificates/{certificate.pk}/renew" in body
        assert f"/certificates/{certificate.pk}/transfer" in body


@pytest.mark.parametrize(
    ("days", "subject"),
    [
        (1, "Acme: the push certificate ends on 25 November 2027 (UTC), tomorrow"),
        (0, "Acme: the push certificate ended on 24 November 2027 (UTC)"),
        (-7, "Acme: the push certificate ended on 17 November 2027 (UTC)"),
    ],
)
def test_its_subject_says_how_urgent_it_is(issue: Issue, days: int, subject: str) -> None:
    assert written(issue(NOW + days * DAY), to="ada@acme.example").subject == subject


@pytest.mark.parametrize(
    ("zone", "now", "end", "left"),
    [
        ("Europe/Berlin", "2027-11-24 22:59", "2027-12-24 23:30", "in 31 days"),
        ("Europe/Berlin", "2027-11-24 23:01", "2027-12-24 23:30", "in 30 days"),
        ("", "2027-11-24 23:59", "2027-12-24 12:00", "in 30 days"),
        ("", "2027-11-25 00:01", "2027-12-24 12:00", "in 29 days"),
    ],
)
def test_mail_and_page_count_the_midnights_of_the_reader(
    issue: Issue, ada: User, zone: str, now: str, end: str, left: str
) -> None:
    User.objects.update(time_zone=zone)
    certificate = issue(datetime.fromisoformat(f"{end}Z"))
    at = datetime.fromisoformat(f"{now}Z")

    message = written(certificate, to=ada.email, now=at)
    with time_machine.travel(at, tick=False):
        reader = Client()
        reader.force_login(ada)
        page = reader.get(certificate.customer.get_absolute_url()).content.decode()

    assert message.subject.endswith(f", {left}")
    assert f"ends {left}" in bodies(message)[1]
    assert left in page
    assert len(set(re.findall(r"in \d+ days", page))) == 1


def test_on_the_morning_of_the_day_it_says_today(issue: Issue) -> None:
    certificate = issue(NOW.replace(hour=18))

    message = written(certificate, to="ada@acme.example")

    assert message.subject == "Acme: the push certificate ends today, 24 November 2027 (UTC)"


def test_after_the_end_it_says_to_renew_and_not_to_start_over(issue: Issue) -> None:
    for body in bodies(written(issue(NOW - 7 * DAY), to="ada@acme.example")):
        assert "Apple often renews certificates that ended a while ago" in body
        assert "Create a Certificate" in body


def test_it_says_that_the_next_step_of_the_renewal_is_theirs(
    issue: Issue, signed_renewal: CSR
) -> None:
    certificate = signed_renewal.renews
    assert certificate is not None
    PushCertificate.objects.filter(pk=certificate.pk).update(
        not_before=NOW - 300 * DAY, not_after=NOW + 14 * DAY
    )

    for body in bodies(written(certificate, to="ada@acme.example")):
        assert "The renewal is under way" in body
        assert "the next step is yours" in body


def test_it_says_that_the_vendor_has_the_next_step(issue: Issue) -> None:
    certificate = issue(NOW + 14 * DAY)
    renewal(certificate, CSR.State.SUBMITTED)

    for body in bodies(written(certificate, to="ada@acme.example")):
        assert "has the next step" in body
        assert "yours" not in body


def test_who_is_no_admin_reads_whom_to_pass_it_on_to(issue: Issue) -> None:
    certificate = issue(NOW + 14 * DAY)

    to_contact = written(certificate, to="it@acme.example")
    to_admin = written(certificate, to="ada@acme.example")

    assert all("pass this mail on" in body for body in bodies(to_contact))
    assert all("An admin of Acme starts the renewal here." in body for body in bodies(to_contact))
    assert "  Ada <ada@acme.example>" in str(to_contact.body)
    assert not any("pass this mail on" in body for body in bodies(to_admin))


@pytest.mark.parametrize("contact_of_vendor", ["help@vendor.example", ""])
def test_where_nobody_can_sign_in_the_reader_is_sent_to_the_vendor(
    issue: Issue, settings: Settings, contact_of_vendor: str
) -> None:
    settings.VENDOR_CONTACT = [contact_of_vendor] if contact_of_vendor else []
    certificate = issue(NOW + 14 * DAY)
    User.objects.update(is_active=False)

    for body in bodies(written(certificate, to="it@acme.example")):
        todo = body.split("At Apple, press", 1)[0]
        assert "so nobody can renew. Ask" in todo
        assert "to invite you" in todo
        assert (contact_of_vendor or "Just answer this mail.") in todo
        assert "/renew" not in body
        assert "renewal here" not in body


def test_a_contact_without_an_account_opens_the_guide_by_its_link(
    issue: Issue, client: Client
) -> None:
    certificate = issue(NOW + 14 * DAY)
    PushCertificate.objects.update(der=push(authority().push_ca).public_bytes(Encoding.DER))
    text, html = bodies(written(certificate, to="it@acme.example"))

    link = re.search(r"http://127.0.0.1:8000(/transfer/\S+/)", text)
    assert link
    guide = client.get(link[1])

    assert link[1] in html
    assert f"/certificates/{certificate.pk}/transfer" not in text + html
    assert "/notifications" not in text + html, "a page for members alone"
    assert guide.status_code == 200
    assert certificate.topic in guide.content.decode()
    assert "Write to Apple" in guide.content.decode()
    assert guide["Referrer-Policy"] == "no-referrer"
    assert f"/customers/{certificate.customer_id}" not in guide.content.decode()


def test_an_account_elsewhere_makes_nobody_a_member(issue: Issue, eve: User) -> None:
    Contact.objects.update(email=eve.email)

    text, _ = bodies(written(issue(NOW + 14 * DAY), to=eve.email))

    assert "/transfer/" in text
    assert "/notifications" not in text


def test_a_link_for_another_purpose_opens_no_guide(issue: Issue, client: Client) -> None:
    text, _ = bodies(written(issue(NOW + 14 * DAY), to="it@acme.example"))
    stop = re.search(r"/reminders/stop/(\S+)/", text)
    assert stop

    assert client.get(f"/transfer/{stop[1]}/").status_code == 404


def test_of_a_closed_customer_there_is_no_guide(issue: Issue, client: Client) -> None:
    text, _ = bodies(written(issue(NOW + 14 * DAY), to="it@acme.example"))
    link = re.search(r"/transfer/\S+/", text)
    assert link
    Customer.objects.update(closed_at=NOW)

    assert client.get(link[0]).status_code == 404


def test_a_contact_reads_it_in_the_contacts_language(issue: Issue, contact: Contact) -> None:
    Contact.objects.update(language="de")

    message = written(issue(NOW + 30 * DAY), to=contact.email)

    assert "Dezember 2027" in message.subject


def test_one_click_ends_them(issue: Issue) -> None:
    message = written(issue(NOW + 14 * DAY), to="ada@acme.example")

    stop = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert stop.startswith("http://127.0.0.1:8000/reminders/stop/")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert all(stop in body for body in bodies(message))
    assert "ada" not in stop


def test_without_an_apple_account_it_is_whole(issue: Issue, acme: Customer) -> None:
    certificate = issue(NOW + 14 * DAY)
    PushCertificate.objects.update(apple_account="")
    Customer.objects.update(apple_account="")

    for body in bodies(written(certificate, to="ada@acme.example")):
        assert "the one in whose list at Apple the row appears" in body


def test_a_customers_name_writes_no_html(issue: Issue) -> None:
    Customer.objects.update(name="<b>A</b> & B")

    message = written(issue(NOW + 14 * DAY), to="ada@acme.example")

    assert message.subject.startswith("<b>A</b> & B: ")
    assert "&amp;" not in str(message.body)
    assert "<b>A" not in bodies(message)[1]
