"""The overview right after an activation: bring it to the MDM server, and nothing else first."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Customer,
    Event,
    Export,
    Membership,
    PushCertificate,
    SignInQuestion,
    TopicChange,
    User,
)
from onboarding.pki.names import Subject
from onboarding.portal.standing import Health, Standing
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of
from tests.custody.parts import exported
from tests.portal.pages import text

EXPORT = "It needs certificate and key"
DOWNLOADED = "The file is downloaded. Bring it to your MDM server"
DOWNLOAD = "Download the certificate, and give it to the server"


def now_part(client: Client, customer: Customer) -> str:
    """What the overview says is to be done now."""
    page = text(client.get(customer.get_absolute_url()))
    return page.split("What to do now", 1)[1].split("</section>", 1)[0]


def another_csr(acme: Customer, ada: User) -> CSR:
    return lifecycle.request_csr(acme, subject=Subject(common_name="Twice"), by=Actor.of(ada))


def renewed(csr: CSR, old: PushCertificate, apple: Authority, *, by: User) -> PushCertificate:
    der = der_of(apple.issue(bytes(csr.der or b""), topic=old.topic))
    return lifecycle.activate(csr, der=der, upload="", by=Actor.of(by))


def ended(certificate: PushCertificate, *, days: int) -> None:
    """It ended so many days ago."""
    end = timezone.now() - timedelta(days=days)
    PushCertificate.objects.filter(pk=certificate.pk).update(
        not_before=end - timedelta(days=365), not_after=end
    )


def test_the_step_after_activation_is_the_export(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    now = now_part(as_ada, acme)

    assert EXPORT in now
    assert reverse("portal:export_create", args=[active.pk]) in now
    assert "Nothing." not in now


def test_a_reader_is_told_who_brings_the_key(
    as_bob: Client, active: PushCertificate, acme: Customer
) -> None:
    now = now_part(as_bob, acme)

    assert "An admin of Acme does that" in now
    assert "<form" not in now
    assert reverse("portal:export_create", args=[active.pk]) not in now


def test_after_the_export_the_file_is_to_be_brought_to_the_server(
    as_ada: Client, as_bob: Client, active: PushCertificate, acme: Customer, ada: User
) -> None:
    export = exported(active)
    Export.objects.filter(pk=export.pk).update(
        state="ready", file="exports/x", sealed_passphrase=None
    )

    lifecycle.fetch_export(export, by=Actor.of(ada))

    now = now_part(as_ada, acme)
    assert DOWNLOADED in now
    assert f"{active.get_absolute_url()}#server" in now
    assert EXPORT not in now
    assert "an admin of Acme says so here" in now_part(as_bob, acme)
    as_ada.post(reverse("portal:installed", args=[active.pk]))
    assert "Nothing." in now_part(as_ada, acme)


def test_the_certificate_alone_brings_nobody_on_while_the_key_is_here(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    as_ada.get(reverse("portal:certificate_file", args=[active.pk]))

    assert EXPORT in now_part(as_ada, acme)


def test_where_the_server_has_the_key_the_download_is_to_be_brought_there(
    as_ada: Client, as_bob: Client, active: PushCertificate, acme: Customer
) -> None:
    CSR.objects.update(origin=CSR.Origin.UPLOADED, sealed_key="")
    address = reverse("portal:certificate_file", args=[active.pk])
    assert DOWNLOAD in now_part(as_bob, acme)

    as_bob.head(address)
    assert DOWNLOAD in now_part(as_bob, acme)
    as_bob.get(address)

    assert DOWNLOADED in now_part(as_ada, acme)


def test_an_admin_can_say_that_the_server_has_it(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    address = reverse("portal:installed", args=[active.pk])

    as_ada.post(address)
    as_ada.post(address)

    assert "Nothing." in now_part(as_ada, acme)
    assert Event.objects.filter(verb="confirm_installed").count() == 1


def test_one_can_say_so_where_the_instructions_end(
    as_ada: Client, as_bob: Client, active: PushCertificate
) -> None:
    says_so = reverse("portal:installed", args=[active.pk])
    instructions = f"{active.get_absolute_url()}?server=nanomdm"
    offered = [says_so in text(one.get(instructions)) for one in (as_ada, as_bob)]

    as_ada.post(says_so)

    assert offered == [True, False]
    assert says_so not in text(as_ada.get(instructions))


def test_a_downloaded_certificate_is_in_the_history_of_its_csr(
    as_bob: Client, active: PushCertificate
) -> None:
    as_bob.get(reverse("portal:certificate_file", args=[active.pk]))

    assert "Certificate downloaded" in text(as_bob.get(active.csr.get_absolute_url()))


def test_what_came_from_a_server_is_not_to_be_brought_there(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    PushCertificate.objects.update(csr=None)

    assert "Nothing." in now_part(as_ada, acme)


def test_a_certificate_whose_key_was_deleted_is_not_to_be_brought_anywhere(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    CSR.objects.update(key_destroyed_at=timezone.now())

    assert "Nothing." in now_part(as_ada, acme)


def test_a_csr_for_another_topic_is_not_under_way_and_not_first(
    as_ada: Client, active: PushCertificate, acme: Customer, ada: User
) -> None:
    other = another_csr(acme, ada)

    page = text(as_ada.get(acme.get_absolute_url()))

    assert "CSRs under way" not in page
    assert other.get_absolute_url() in page.split("CSRs for another topic", 1)[1]
    assert EXPORT in now_part(as_ada, acme)


def test_a_renewal_that_is_due_goes_before_a_csr_for_another_topic(
    as_ada: Client, active: PushCertificate, acme: Customer, ada: User
) -> None:
    another_csr(acme, ada)
    end = timezone.now() + timedelta(days=20)
    PushCertificate.objects.update(not_after=end)

    assert reverse("portal:renew", args=[active.pk]) in now_part(as_ada, acme)


def test_once_all_else_is_done_a_csr_for_another_topic_is_next(
    as_ada: Client, active: PushCertificate, acme: Customer, ada: User
) -> None:
    other = another_csr(acme, ada)

    lifecycle.confirm_installed(active, by=Actor.of(ada))

    assert other.get_absolute_url() in now_part(as_ada, acme)


def test_a_renewal_under_way_is_gone_on_with(
    as_ada: Client, signed_renewal: CSR, acme: Customer, ada: User
) -> None:
    another_csr(acme, ada)

    assert signed_renewal.get_absolute_url() in now_part(as_ada, acme)
    page = text(as_ada.get(acme.get_absolute_url()))
    under_way = page.split("CSRs under way", 1)[1].split("</section>", 1)[0]
    assert under_way.count("<li>") == 1


def test_with_several_customers_the_list_says_so(
    active: PushCertificate, ada: User, globex: Customer, client_of: Callable[[User], Client]
) -> None:
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.READER)

    assert "Still to be brought to the MDM server." in text(client_of(ada).get("/"))


def test_an_open_question_is_told_instead_of_nothing_to_do(
    as_ada: Client, as_bob: Client, submitted: CSR, acme: Customer, ada: User, sam: User
) -> None:
    question = lifecycle.ask_customer(submitted, question="Is it you?", by=Actor.of(sam))
    address = f"{submitted.get_absolute_url()}#questions"

    page = text(as_ada.get(submitted.get_absolute_url()))

    assert "nothing to do" not in page
    assert address in page
    assert address in now_part(as_ada, acme)
    assert "waits for your answer" in now_part(as_ada, acme)
    assert "waits for the answer of an admin of Acme" in now_part(as_bob, acme)
    lifecycle.answer_vendor(question, text="It is.", by=Actor.of(ada))
    assert "nothing to do" in text(as_ada.get(submitted.get_absolute_url()))
    assert "Waiting for approval" in now_part(as_ada, acme)


def test_a_signature_that_failed_does_not_hide_the_question(
    as_ada: Client, submitted: CSR, sam: User
) -> None:
    CSR.objects.update(state=CSR.State.FAILED, failure_code="key_mismatch")
    submitted.refresh_from_db()
    lifecycle.ask_customer(submitted, question="Is it you?", by=Actor.of(sam))

    page = text(as_ada.get(submitted.get_absolute_url()))

    assert "nothing to mend" not in page
    assert "waits for your answer" in page


def test_a_rejection_is_told_with_its_reason_until_somebody_asks_again(
    as_ada: Client, submitted: CSR, acme: Customer, ada: User, sam: User
) -> None:
    lifecycle.reject(submitted, reason="Nobody knows you.", by=Actor.of(sam))

    now = now_part(as_ada, acme)

    assert "Nobody knows you." in now
    assert submitted.get_absolute_url() in now
    another_csr(acme, ada)
    assert "Nobody knows you." not in now_part(as_ada, acme)


def test_a_rejected_renewal_is_told_too(
    as_ada: Client, signed_renewal: CSR, acme: Customer
) -> None:
    CSR.objects.filter(pk=signed_renewal.pk).update(
        state=CSR.State.REJECTED, rejection_reason="Not yet."
    )

    assert "Not yet." in now_part(as_ada, acme)


def test_a_rejected_renewal_is_started_again_from_where_it_is_told(
    as_ada: Client, as_bob: Client, signed_renewal: CSR, active: PushCertificate, acme: Customer
) -> None:
    CSR.objects.filter(pk=signed_renewal.pk).update(
        state=CSR.State.REJECTED, rejection_reason="Not yet."
    )

    now = now_part(as_ada, acme)

    assert "Start again" in now
    assert reverse("portal:renew", args=[active.pk]) in now
    assert "Nothing." not in now
    assert "Start again" not in now_part(as_bob, acme)


@pytest.mark.parametrize("state", [CSR.State.REJECTED, CSR.State.SUBMITTED, CSR.State.SIGNED])
def test_an_early_renewal_does_not_hide_what_is_still_to_be_installed(
    as_ada: Client,
    as_bob: Client,
    signed_renewal: CSR,
    active: PushCertificate,
    acme: Customer,
    ada: User,
    state: CSR.State,
) -> None:
    reason = "Not yet." if state == CSR.State.REJECTED else ""
    CSR.objects.filter(pk=signed_renewal.pk).update(state=state, rejection_reason=reason)

    now, read = now_part(as_ada, acme), now_part(as_bob, acme)
    lifecycle.confirm_installed(active, by=Actor.of(ada))
    after = now_part(as_ada, acme)

    leads_on = signed_renewal.get_absolute_url()
    assert 0 <= now.find(EXPORT) < now.find(leads_on)
    assert now.count("btn btn-primary") == 1
    assert "An admin of Acme does that" in read
    assert "Nothing." not in now + read
    assert EXPORT not in after
    assert leads_on in after


def test_another_certificate_to_install_does_not_hide_a_renewal_that_is_due(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    now = timezone.now()
    due = PushCertificate.objects.create(
        customer=acme,
        topic="com.apple.mgmt.External.second",
        not_before=now - timedelta(days=345),
        not_after=now + timedelta(days=20),
        fingerprint_sha256="0" * 64,
        der=b"x",
        activated_at=now,
    )

    found = now_part(as_ada, acme)

    assert 0 <= found.find(EXPORT) < found.find(reverse("portal:renew", args=[due.pk]))


def test_with_several_customers_the_list_says_both(
    signed_renewal: CSR,
    ada: User,
    globex: Customer,
    client_of: Callable[[User], Client],
) -> None:
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.READER)

    page = text(client_of(ada).get("/"))

    assert "Still to be brought to the MDM server." in page
    assert "take the signed request to Apple" in page


def test_a_way_that_was_left_is_told_with_who_began_it(
    as_ada: Client, as_bob: Client, acme: Customer
) -> None:
    start = reverse("portal:csr_start", args=[acme.pk])
    as_ada.post(start, {"way": "uploaded"})

    now = now_part(as_ada, acme)

    assert "Ada began the way to a new certificate" in now
    assert start in now
    assert "Take the first step" not in now
    assert "An admin of Acme goes on with it." in now_part(as_bob, acme)


def test_a_renewal_that_was_left_is_told_instead_of_nothing(
    as_ada: Client, active: PushCertificate, acme: Customer, ada: User
) -> None:
    lifecycle.confirm_installed(active, by=Actor.of(ada))
    lifecycle.keep_draft(acme, renews=active, by=Actor.of(ada), apple_account="push@acme.example")

    now = now_part(as_ada, acme)

    assert "Ada began the renewal" in now
    assert reverse("portal:renew", args=[active.pk]) in now
    assert "Nothing." not in now


def test_a_certificate_that_was_created_is_told_until_it_is_settled(
    as_ada: Client, change: TopicChange, acme: Customer, ada: User, sam: User
) -> None:
    TopicChange.objects.update(wanted_by=None, wanted_at=None)
    page = reverse("portal:created", args=[change.csr_id])
    before = now_part(as_ada, acme)

    lifecycle.want_topic_change(change, by=Actor.of(ada))
    after = now_part(as_ada, acme)

    assert page in before
    assert "was not taken" in before
    assert page in after
    assert "has not decided yet" in after
    lifecycle.decline_topic_change(change, reason="Renew it.", by=Actor.of(sam))
    assert "declined it" in now_part(as_ada, acme)


def test_what_was_revoked_is_told_with_its_reason(
    as_ada: Client, active: PushCertificate, acme: Customer, sam: User
) -> None:
    lifecycle.revoke(active, reason="The key was lost.", by=Actor.of(sam))

    page = text(as_ada.get(acme.get_absolute_url()))

    assert "the certificate was revoked" in page
    assert "The key was lost." in page
    assert reverse("portal:certificate", args=[active.pk]) in page
    assert "Push is not set up yet" not in page


def test_people_of_a_closed_customer_are_told_that_it_is_closed(
    as_ada: Client, acme: Customer, sam: User
) -> None:
    lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=Actor.of(sam))

    page = text(as_ada.get(reverse("portal:home")))

    assert "Acme is closed here" in page
    assert "You belong to no organisation" not in page
    assert "Left us." not in page


def test_a_lost_account_leads_to_the_transfer_and_not_to_apple(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate, acme: Customer, ada: User
) -> None:
    lifecycle.confirm_installed(active, by=Actor.of(ada))
    lifecycle.ask([active.pk], now=timezone.now(), by=Actor.worker())
    transfer = f'class="btn btn-primary" href="{reverse("portal:transfer", args=[active.pk])}"'
    before = now_part(as_ada, acme)

    lifecycle.answer_question(active, answer=SignInQuestion.Answer.NO, by=Actor.of(ada))
    lost = now_part(as_ada, acme)
    lifecycle.answer_question(active, answer=SignInQuestion.Answer.YES, by=Actor.of(ada))
    found = now_part(as_ada, acme)

    assert "take the signed request to Apple" in before
    assert transfer not in before
    assert "take the signed request to Apple" not in lost
    assert transfer in lost
    assert found == before


def test_a_lost_account_is_told_while_nothing_else_is_to_be_done(
    as_bob: Client, active: PushCertificate, acme: Customer, ada: User
) -> None:
    lifecycle.confirm_installed(active, by=Actor.of(ada))
    lifecycle.ask([active.pk], now=timezone.now(), by=Actor.worker())
    lifecycle.answer_question(active, answer=SignInQuestion.Answer.NO, by=Actor.of(ada))

    now = now_part(as_bob, acme)

    assert "Have Apple move it to another account first." in now
    assert "Nothing." not in now


def test_after_a_renewal_push_works_with_the_old_certificate_until_its_end(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate, apple: Authority, ada: User
) -> None:
    new = renewed(signed_renewal, active, apple, by=ada)
    PushCertificate.objects.filter(pk=active.pk).update(
        not_after=timezone.now() + timedelta(days=20, hours=1)
    )

    page = text(as_ada.get(new.customer.get_absolute_url()))
    lifecycle.confirm_installed(new, by=Actor.of(ada))
    after = text(as_ada.get(new.customer.get_absolute_url()))

    assert "Push works with the old certificate until" in page
    assert "before the old one ends" in page
    assert EXPORT in page
    assert "with the old certificate" not in after
    assert "Push can work until" in after


def test_after_a_renewal_that_came_late_push_is_down_until_the_server_has_it(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate, apple: Authority, ada: User
) -> None:
    ended(active, days=12)
    new = renewed(signed_renewal, active, apple, by=ada)

    pages = [
        text(as_ada.get(one))
        for one in (
            new.customer.get_absolute_url(),
            new.get_absolute_url(),
            signed_renewal.get_absolute_url(),
        )
    ]

    for page in pages:
        assert 'class="card standing down"' in page
        assert "your MDM server has the certificate before it" not in page
    assert "until your MDM server has the new certificate" in pages[0]
    assert "Push can work until" not in pages[0]
    assert EXPORT in pages[0]
    assert reverse("portal:renew", args=[new.pk]) not in pages[0]
    for page in pages[1:]:
        assert "The certificate before it ended on" in page
    lifecycle.confirm_installed(new, by=Actor.of(ada))
    assert "Push can work until" in text(as_ada.get(new.customer.get_absolute_url()))


def test_with_several_customers_what_is_down_is_not_green(
    signed_renewal: CSR,
    active: PushCertificate,
    apple: Authority,
    ada: User,
    globex: Customer,
    client_of: Callable[[User], Client],
) -> None:
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.READER)
    new = renewed(signed_renewal, active, apple, by=ada)
    in_time = text(client_of(ada).get("/"))
    ended(active, days=12)

    late = text(client_of(ada).get("/"))

    assert "Push works with the old certificate until" in in_time
    assert "Push ended on" in late
    assert "12 days ago" in late
    assert 'class="pill down"' in late
    assert 'class="pill good"' not in late
    lifecycle.confirm_installed(new, by=Actor.of(ada))
    assert 'class="pill good"' in text(client_of(ada).get("/"))


def test_of_two_certificates_the_one_that_is_down_is_told(
    signed_renewal: CSR, active: PushCertificate, apple: Authority, ada: User
) -> None:
    ended(active, days=12)
    new = renewed(signed_renewal, active, apple, by=ada)
    now = timezone.now()
    other = PushCertificate(not_before=now, not_after=now + timedelta(days=100))

    standing = Standing.of([other, new], [], now=now)

    assert standing.certificate == new
    assert standing.to_install == new
    assert standing.health is Health.DOWN
