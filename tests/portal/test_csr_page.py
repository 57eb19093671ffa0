"""The page of a CSR: what it says in each state, how it moves on, withdrawing."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, PushCertificate, Question, User
from onboarding.portal import steps
from tests.portal.pages import text

pytestmark = pytest.mark.usefixtures("unknown_names_show")


def test_a_requested_csr_moves_on_by_itself(as_ada: Client, csr: CSR) -> None:
    page = text(as_ada.get(csr.get_absolute_url()))

    assert "Key and CSR are being made" in page
    assert f'hx-get="/csrs/{csr.pk}/progress?seen=requested" hx-trigger="every 1s"' in page
    assert "load it again" in page


def test_a_poll_without_news_changes_nothing(as_ada: Client, csr: CSR) -> None:
    answer = as_ada.get(reverse("portal:csr_progress", args=[csr.pk]) + "?seen=requested")

    assert (answer.status_code, answer.content) == (204, b"")


def test_a_poll_with_news_brings_them_and_goes_on(as_ada: Client, submitted: CSR) -> None:
    answer = as_ada.get(reverse("portal:csr_progress", args=[submitted.pk]) + "?seen=requested")

    assert answer.status_code == 200
    assert "progress?seen=submitted" in text(answer)


def test_a_poll_brings_a_question_that_is_new(as_ada: Client, submitted: CSR, sam: User) -> None:
    progress = reverse("portal:csr_progress", args=[submitted.pk])
    before = as_ada.get(f"{progress}?seen=submitted")
    lifecycle.ask_customer(submitted, question="Which server is it for?", by=Actor.of(sam))

    news = as_ada.get(f"{progress}?seen=submitted")
    (address,) = re.findall(rf"{progress}\?seen=[\w-]+", text(news))
    after = as_ada.get(address)

    assert before.status_code == 204
    assert "Which server is it for?" in text(news)
    assert "asks something about this CSR." in text(news).rpartition('id="said"')[2]
    assert after.status_code == 204


def test_polling_ends_when_it_is_the_customers_turn(as_ada: Client, signed: CSR) -> None:
    answer = as_ada.get(reverse("portal:csr_progress", args=[signed.pk]) + "?seen=approved")

    assert answer.status_code == 286
    assert "hx-get" not in text(answer)
    assert "Your turn" in text(answer)


def test_a_submitted_csr_says_how_long_it_waits(as_ada: Client, submitted: CSR) -> None:
    CSR.objects.update(state_since=timezone.now() - timedelta(hours=3))

    page = text(as_ada.get(submitted.get_absolute_url()))

    assert "3 hours ago" in page
    assert "asked for by Ada" in page


def test_a_signed_csr_tells_the_way_through_apples_portal(
    as_ada: Client, signed: CSR, settings: Settings
) -> None:
    page = text(as_ada.get(signed.get_absolute_url()))

    assert settings.APPLE_PORTAL_URL in page
    assert "push@acme.example" in page
    assert "Press Create a Certificate" in page


def test_a_renewal_names_the_row_at_apple(as_ada: Client, signed_renewal: CSR) -> None:
    renewed = signed_renewal.renews
    assert renewed is not None

    page = text(as_ada.get(signed_renewal.get_absolute_url()))

    assert "Press Renew on this row" in page
    assert f"APSP:{renewed.topic.rpartition('.')[2]}" in page
    assert renewed.topic in page
    assert f"{renewed.not_after.day} {renewed.not_after:%B %Y, %H:%M} UTC" in page
    assert "<strong>push@acme.example</strong>" in page
    assert "Press Create a Certificate" not in page


def test_a_request_signed_with_an_ended_certificate_is_told_of(as_ada: Client, signed: CSR) -> None:
    assert signed.vendor_certificate is not None
    late = signed.vendor_certificate.not_after + timedelta(days=1)

    with time_machine.travel(late, tick=False):
        as_ada.force_login(signed.requested_by)
        page = text(as_ada.get(signed.get_absolute_url()))

    assert "Apple will not take this signed request any more." in page


def test_a_rejected_csr_shows_the_reason_and_a_new_start(
    as_ada: Client, submitted: CSR, sam: User
) -> None:
    lifecycle.reject(submitted, reason="Wrong <b>company</b>.", by=Actor.of(sam))

    page = text(as_ada.get(submitted.get_absolute_url()))

    assert "Wrong &lt;b&gt;company&lt;/b&gt;." in page
    assert "Start again" in page


def test_a_failed_csr_says_so_in_plain_words(as_ada: Client, approved: CSR) -> None:
    lifecycle.record_failure(
        approved, error=errors.InvalidIdentity("The key is gone."), by=Actor.signer()
    )

    page = text(as_ada.get(approved.get_absolute_url()))

    assert "The signature did not work out" in page
    assert "The key is gone." not in page, "the signer's own words are for staff"
    assert "You have nothing to correct" in page


def test_withdrawing_asks_first(as_ada: Client, submitted: CSR) -> None:
    answer = as_ada.get(reverse("portal:withdraw", args=[submitted.pk]))

    submitted.refresh_from_db()
    assert "Withdraw this CSR?" in text(answer)
    assert submitted.state == CSR.State.SUBMITTED


def test_a_csr_is_withdrawn(as_ada: Client, submitted: CSR) -> None:
    answer = as_ada.post(reverse("portal:withdraw", args=[submitted.pk]), follow=True)

    submitted.refresh_from_db()
    assert submitted.state == CSR.State.WITHDRAWN
    assert "This CSR was withdrawn" in text(answer)


def test_what_is_over_cannot_be_withdrawn(as_ada: Client, active: PushCertificate) -> None:
    address = reverse("portal:withdraw", args=[active.csr_id])

    assert as_ada.get(address).status_code == 302
    assert as_ada.post(address).status_code == 409


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("csr", "done done now ahead ahead ahead ahead"),
        ("submitted", "done done done now ahead ahead ahead"),
        ("approved", "done done done now ahead ahead ahead"),
        ("signed", "done done done done now ahead ahead"),
    ],
)
def test_the_steps_follow_the_state(
    made: str, expected: str, request: pytest.FixtureRequest
) -> None:
    csr: CSR = request.getfixturevalue(made)

    found = [step.progress.value for step in steps.of(csr, csr.events.all(), has_account=True)]

    assert " ".join(found) == expected


def test_a_withdrawn_csr_stops_where_it_was(signed: CSR, ada: User) -> None:
    lifecycle.withdraw(signed, by=Actor.of(ada))

    found = [
        step.progress.value for step in steps.of(signed, signed.events.all(), has_account=True)
    ]

    assert found == ["done"] * 4 + ["stopped", "ahead", "ahead"]


@pytest.fixture
def question(submitted: CSR, sam: User) -> Question:
    return lifecycle.ask_customer(submitted, question="Why?", by=Actor.of(sam))


def test_a_question_that_outlived_its_decision_is_shown_without_a_form(
    as_ada: Client, submitted: CSR, sam: User, question: Question
) -> None:
    address = reverse("portal:csr_question", args=[question.pk])
    asked = [as_ada.get(one).content.decode() for one in (submitted.get_absolute_url(), address)]
    lifecycle.approve(submitted, by=Actor.of(sam))

    shown = [as_ada.get(one).content.decode() for one in (submitted.get_absolute_url(), address)]

    for before, after in zip(asked, shown, strict=True):
        assert "Send the answer" in before
        assert "Why?" in after
        assert "It was not answered." in after
        assert "Send the answer" not in after


def test_an_answer_that_is_too_long_is_told_and_not_cut(
    as_ada: Client, submitted: CSR, question: Question
) -> None:
    address = reverse("portal:csr_question", args=[question.pk])
    pages = [as_ada.get(one).content.decode() for one in (submitted.get_absolute_url(), address)]

    answer = as_ada.post(address, {"answer": "x" * 2001})

    for page in pages:
        assert "maxlength" not in page[page.index("<textarea") :].partition(">")[0]
    assert answer.status_code == 422
    assert "has at most 2000 characters (it has 2001)" in answer.content.decode()
    assert "x" * 2001 in answer.content.decode()


def test_an_answer_that_comes_too_late_is_told_and_kept(
    as_ada: Client, submitted: CSR, sam: User, question: Question
) -> None:
    lifecycle.approve(submitted, by=Actor.of(sam))

    answer = as_ada.post(
        reverse("portal:csr_question", args=[question.pk]), {"answer": "Because of the museum."}
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "so this cannot be done any more. Nothing was changed." in page
    assert "Because of the museum.</textarea>" in page
    assert "Send the answer" not in page
    question.refresh_from_db()
    assert question.answered_at is None
