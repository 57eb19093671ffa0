"""The overview: whether push works, until when, and the one thing to do now."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import lifecycle, reminders
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Customer,
    Membership,
    PushCertificate,
    SignInQuestion,
    TopicChange,
    User,
)
from onboarding.pki.names import Subject
from tests.portal.pages import now_part, text

EXPORT = "It needs certificate and key"
ASKED = "Can you still sign in at Apple?"


def another_csr(acme: Customer, ada: User) -> CSR:
    return lifecycle.request_csr(acme, subject=Subject(common_name="Twice"), by=Actor.of(ada))


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

    assert "nothing to correct" not in page
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

    assert "Correct what the reason names, then start again." in now
    assert "Start again" in now
    assert reverse("portal:renew", args=[active.pk]) in now
    assert "Nothing." not in now
    assert "Start again" not in now_part(as_bob, acme)


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


def test_the_yearly_question_steps_back_once_reminders_speak(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    now = timezone.now()
    lifecycle.ask([active.pk], now=now, by=Actor.worker())
    first_told = reminders.horizon(now)

    pages = []
    for end in (first_told, first_told - timedelta(seconds=1)):
        PushCertificate.objects.update(not_before=end - timedelta(days=365), not_after=end)
        pages.append(as_ada.get(acme.get_absolute_url()).content.decode())

    assert [ASKED in page for page in pages] == [True, False]


def test_the_yearly_question_steps_back_while_the_renewal_is_under_way(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate, acme: Customer, ada: User
) -> None:
    lifecycle.ask([active.pk], now=timezone.now(), by=Actor.worker())

    under_way = as_ada.get(acme.get_absolute_url()).content.decode()
    lifecycle.withdraw(signed_renewal, by=Actor.of(ada))
    withdrawn = as_ada.get(acme.get_absolute_url()).content.decode()

    assert ASKED not in under_way
    assert ASKED in withdrawn
