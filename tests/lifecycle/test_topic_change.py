"""Created at Apple instead of renewed: refused, noted, and taken only where staff say so."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from onboarding import errors, lifecycle, outbox
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Event, Mail, PushCertificate, Topic, TopicChange, User
from onboarding.pki.names import Subject
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of

REASON = "Ada confirmed by phone that all devices are set up anew."


@pytest.fixture
def created(signed_renewal: CSR, apple: Authority) -> bytes:
    """What Apple gives for the renewal's signed request when Create is pressed."""
    return der_of(apple.issue(bytes(signed_renewal.der or b"")))


@pytest.fixture
def change(signed_renewal: CSR, created: bytes, ada: User) -> TopicChange:
    return lifecycle.note_topic_change(signed_renewal, der=created, by=Actor.of(ada))


def activate(csr: CSR, der: bytes, ada: User) -> PushCertificate:
    csr = CSR.objects.get(pk=csr.pk)
    return lifecycle.activate(csr, der=der, upload="", by=Actor.of(ada))


def verbs(csr: CSR) -> list[str]:
    return [event.verb for event in csr.events.all()]


def test_what_was_created_is_noted_once(
    change: TopicChange, signed_renewal: CSR, created: bytes, ada: User
) -> None:
    again = lifecycle.note_topic_change(signed_renewal, der=created, by=Actor.of(ada))

    assert again == change
    assert verbs(signed_renewal).count("note_topic_change") == 1
    assert not Topic.objects.filter(name=change.topic).exists()


def test_only_what_fits_but_for_its_topic_is_noted(
    signed_renewal: CSR, ada: User, apple: Authority
) -> None:
    look_alike = der_of(apple.issue(bytes(signed_renewal.der or b""), look_alike=True))

    with pytest.raises(errors.UnknownIssuer):
        lifecycle.note_topic_change(signed_renewal, der=look_alike, by=Actor.of(ada))


def test_the_customer_asks_and_staff_are_told(change: TopicChange, ada: User, sam: User) -> None:
    lifecycle.want_topic_change(change, by=Actor.of(ada))

    change.refresh_from_db()
    assert change.wanted_by == ada
    assert Mail.objects.filter(kind=Mail.Kind.TOPIC_CHANGE, recipient=sam.email).exists()
    with pytest.raises(errors.WrongState, match="asked for already"):
        lifecycle.want_topic_change(change, by=Actor.of(ada))


@pytest.mark.parametrize("who", ["bob", "eve"])
def test_neither_readers_nor_strangers_ask(
    who: str, change: TopicChange, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.want_topic_change(change, by=Actor.of(request.getfixturevalue(who)))


def test_asking_alone_allows_nothing(change: TopicChange, created: bytes, ada: User) -> None:
    lifecycle.want_topic_change(change, by=Actor.of(ada))

    with pytest.raises(errors.TopicMismatch):
        activate(change.csr, created, ada)


def test_what_staff_allowed_is_taken_and_replaces_the_old_certificate(
    change: TopicChange, created: bytes, ada: User, sam: User, active: PushCertificate
) -> None:
    assert lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))

    new = activate(change.csr, created, ada)

    active.refresh_from_db()
    assert (active.state, new.state) == ("superseded", "active")
    assert new.predecessor == active
    assert {one.name for one in Topic.objects.filter(customer=active.customer)} == {
        active.topic,
        new.topic,
    }
    event = Event.objects.get(verb="supersede", push_certificate=active)
    assert event.facts == {"new_topic": new.topic}
    assert Event.objects.get(verb="allow_topic_change").facts["reason"] == REASON
    assert Mail.objects.filter(kind=Mail.Kind.TOPIC_ALLOWED, recipient=ada.email).exists()


def test_from_then_on_the_new_certificate_is_the_one_to_renew(
    change: TopicChange, created: bytes, ada: User, sam: User, active: PushCertificate
) -> None:
    lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))
    new, subject = activate(change.csr, created, ada), Subject(common_name="Acme", country="DE")
    active.refresh_from_db()

    with pytest.raises(errors.WrongState):
        lifecycle.request_csr(active.customer, subject=subject, by=Actor.of(ada), renews=active)
    again = lifecycle.request_csr(active.customer, subject=subject, by=Actor.of(ada), renews=new)

    assert again.renews == new


def test_another_created_certificate_is_not_taken(
    change: TopicChange, ada: User, sam: User, apple: Authority
) -> None:
    lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))
    other = der_of(apple.issue(bytes(change.csr.der or b"")))

    with pytest.raises(errors.TopicMismatch):
        activate(change.csr, other, ada)


def test_what_is_allowed_keeps_the_right_way_open(
    change: TopicChange, ada: User, sam: User, apple: Authority, active: PushCertificate
) -> None:
    lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))
    renewed = der_of(apple.issue(bytes(change.csr.der or b""), topic=active.topic))

    assert activate(change.csr, renewed, ada).topic == active.topic


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_is_demanded(reason: str, change: TopicChange, sam: User) -> None:
    with pytest.raises(errors.MissingReason):
        lifecycle.allow_topic_change(change, reason=reason, by=Actor.of(sam))


@pytest.mark.parametrize("who", ["ada", "bob", "eve"])
def test_customers_do_not_allow_it_themselves(
    who: str, change: TopicChange, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.allow_topic_change(
            change, reason=REASON, by=Actor.of(request.getfixturevalue(who))
        )


def test_with_four_eyes_it_takes_two_people(
    change: TopicChange, created: bytes, ada: User, sam: User, sue: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2

    assert not lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))
    with pytest.raises(errors.NotAllowed, match="already; someone else has to, too"):
        lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))
    with pytest.raises(errors.TopicMismatch):
        activate(change.csr, created, ada)

    assert lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sue))
    assert activate(change.csr, created, ada).topic == change.topic


def test_with_four_eyes_a_yes_is_taken_back(
    change: TopicChange, created: bytes, ada: User, sam: User, sue: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))

    lifecycle.take_back_topic_approval(change, by=Actor.of(sam))

    assert not lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sue))
    with pytest.raises(errors.TopicMismatch):
        activate(change.csr, created, ada)
    event = Event.objects.get(verb="take_back_topic_approval", csr=change.csr)
    assert (event.actor, event.facts["topic"]) == (sam, change.topic)


def test_nobody_takes_back_the_yes_of_another(
    change: TopicChange, sam: User, sue: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))

    with pytest.raises(errors.WrongState, match="no yes of yours"):
        lifecycle.take_back_topic_approval(change, by=Actor.of(sue))

    assert change.approvals.get().staff == sam


def test_a_yes_to_what_is_decided_stays(wanted: TopicChange, sam: User) -> None:
    lifecycle.allow_topic_change(wanted, reason=REASON, by=Actor.of(sam))

    with pytest.raises(errors.WrongState, match="allowed already"):
        lifecycle.take_back_topic_approval(wanted, by=Actor.of(sam))

    assert wanted.approvals.get().staff == sam


def test_with_four_eyes_whoever_asked_does_not_allow(
    change: TopicChange, sam: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    lifecycle.want_topic_change(change, by=Actor.of(sam))

    with pytest.raises(errors.NotAllowed):
        lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))


def test_a_renewal_on_the_wrong_row_is_told_as_such(
    signed_renewal: CSR, ada: User, apple: Authority
) -> None:
    Topic.objects.create(name="com.apple.mgmt.External.second", customer=signed_renewal.customer)
    wrong = apple.issue(bytes(signed_renewal.der or b""), topic="com.apple.mgmt.External.second")

    with pytest.raises(errors.WrongRow, match="pressed on another row"):
        activate(signed_renewal, der_of(wrong), ada)


def test_the_database_wants_asker_and_time_together(change: TopicChange, ada: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TopicChange.objects.filter(pk=change.pk).update(wanted_by=ada)


def test_with_four_eyes_a_second_account_of_one_person_adds_nothing(
    change: TopicChange, sam: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    again = User.objects.create_user("sam+2@vendor.example", "pw", name="Sam", is_staff=True)
    again.user_permissions.set(sam.user_permissions.all())
    lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))

    with pytest.raises(errors.NotAllowed, match=r"as sam@vendor\.example: one person counts once"):
        lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(again))

    assert change.approvals.get().staff == sam


def test_where_one_is_enough_by_now_who_allowed_it_says_so_again(
    change: TopicChange, sam: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))
    settings.APPROVALS_REQUIRED = 1

    assert lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))


def test_a_customers_own_number_holds_for_another_topic_too(change: TopicChange, sam: User) -> None:
    lifecycle.set_approvals_required(change.csr.customer, number=2, by=Actor.of(sam))
    change.csr.customer.refresh_from_db()

    assert not lifecycle.allow_topic_change(change, reason=REASON, by=Actor.of(sam))


def test_each_topic_that_is_allowed_is_told(
    change: TopicChange, ada: User, sam: User, apple: Authority
) -> None:
    again = der_of(apple.issue(bytes(change.csr.der or b"")))
    another = lifecycle.note_topic_change(change.csr, der=again, by=Actor.of(ada))

    for one in (change, another):
        lifecycle.allow_topic_change(one, reason=REASON, by=Actor.of(sam))

    told = Mail.objects.filter(kind=Mail.Kind.TOPIC_ALLOWED, recipient=ada.email)
    assert {mail.occasion for mail in told} == {change.topic, another.topic}
    for mail in told:
        assert f"Topic: {mail.occasion}" in str(outbox.compose(mail).body)


@pytest.fixture
def wanted(change: TopicChange, ada: User) -> TopicChange:
    lifecycle.want_topic_change(change, by=Actor.of(ada))
    return change


def test_what_staff_decline_is_not_taken_and_the_customer_is_told_why(
    wanted: TopicChange, created: bytes, ada: User, sam: User
) -> None:
    lifecycle.decline_topic_change(wanted, reason=" Press Renew. ", by=Actor.of(sam))

    wanted.refresh_from_db()
    assert (wanted.declined_by, wanted.decline_reason) == (sam, "Press Renew.")
    event = Event.objects.get(verb="decline_topic_change")
    assert (event.actor, event.facts["reason"]) == (sam, "Press Renew.")
    assert Mail.objects.filter(kind=Mail.Kind.TOPIC_DECLINED, recipient=ada.email).exists()
    assert wanted not in TopicChange.objects.awaiting_decision()
    with pytest.raises(errors.TopicMismatch):
        activate(wanted.csr, created, ada)


def test_the_renewal_goes_on_after_a_no(
    wanted: TopicChange, active: PushCertificate, apple: Authority, ada: User, sam: User
) -> None:
    lifecycle.decline_topic_change(wanted, reason=REASON, by=Actor.of(sam))

    renewed = apple.issue(bytes(wanted.csr.der or b""), topic=active.topic)

    assert activate(wanted.csr, der_of(renewed), ada).topic == active.topic


@pytest.mark.parametrize("first", ["allow_topic_change", "decline_topic_change"])
@pytest.mark.parametrize("second", ["allow_topic_change", "decline_topic_change"])
def test_another_topic_is_decided_once(
    wanted: TopicChange, sam: User, sue: User, first: str, second: str
) -> None:
    getattr(lifecycle, first)(wanted, reason=REASON, by=Actor.of(sam))

    with pytest.raises(errors.WrongState, match="already"):
        getattr(lifecycle, second)(wanted, reason=REASON, by=Actor.of(sue))

    assert Event.objects.filter(verb__in=[first, second]).count() == 1


def test_a_no_has_a_reason(wanted: TopicChange, sam: User) -> None:
    with pytest.raises(errors.MissingReason):
        lifecycle.decline_topic_change(wanted, reason="  ", by=Actor.of(sam))


def test_what_nobody_asked_for_is_not_declined(change: TopicChange, sam: User) -> None:
    with pytest.raises(errors.WrongState, match="Nobody at the customer asked"):
        lifecycle.decline_topic_change(change, reason=REASON, by=Actor.of(sam))


def test_what_is_settled_is_not_declined(wanted: TopicChange, sam: User, ada: User) -> None:
    lifecycle.withdraw(wanted.csr, by=Actor.of(ada))

    with pytest.raises(errors.WrongState):
        lifecycle.decline_topic_change(wanted, reason=REASON, by=Actor.of(sam))


def test_after_a_no_the_customer_does_not_ask_again(
    wanted: TopicChange, ada: User, sam: User
) -> None:
    lifecycle.decline_topic_change(wanted, reason=REASON, by=Actor.of(sam))

    with pytest.raises(errors.WrongState):
        lifecycle.want_topic_change(wanted, by=Actor.of(ada))


@pytest.mark.parametrize("who", ["ada", "bob", "eve"])
def test_no_customer_declines(
    wanted: TopicChange, request: pytest.FixtureRequest, who: str
) -> None:
    by = Actor.of(request.getfixturevalue(who))

    with pytest.raises(errors.NotAllowed):
        lifecycle.decline_topic_change(wanted, reason=REASON, by=by)


@pytest.mark.parametrize(
    "half", [{"declined_at": timezone.now()}, {"decline_reason": "x"}], ids=["moment", "reason"]
)
def test_the_database_wants_a_no_whole(change: TopicChange, half: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TopicChange.objects.filter(pk=change.pk).update(**half)


def test_the_database_wants_one_decision(wanted: TopicChange, sam: User) -> None:
    lifecycle.decline_topic_change(wanted, reason=REASON, by=Actor.of(sam))

    with pytest.raises(IntegrityError), transaction.atomic():
        TopicChange.objects.filter(pk=wanted.pk).update(allowed_at=timezone.now())
