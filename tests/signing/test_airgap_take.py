"""Results from the offline machine become what the online signer's would have been."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import OperationalError

from onboarding import errors, lifecycle, signed_request
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Event, Mail, User
from pushportal.sandbox.authority import Authority
from signing.airgap.take import Outcome, take
from signing.airgap.verdict import Desk, Replayed
from signing.sign import Bench
from tests.signing.airgap import (
    break_csr,
    outcomes,
    signature,
    signed,
    states,
)
from tests.signing.test_drain import event_refused


def test_results_become_the_states_and_events_of_the_online_signer(
    three: list[CSR], bench: Bench, desk: Desk, apple: Authority
) -> None:
    taken = take(signed(three, bench), desk=desk)

    assert outcomes(taken) == [Outcome.SIGNED] * 3
    assert states(three) == ["signed"] * 3
    for csr in three:
        event = Event.objects.get(csr=csr, verb="record_signature")
        assert (event.actor, event.actor_name) == (None, "signer")
        assert event.vendor_certificate == csr.vendor_certificate == desk.vendor_certificate
        assert Mail.objects.filter(csr=csr, kind=Mail.Kind.READY).exists()
        assert apple.check(signed_request.assemble(csr), now=datetime.now(UTC))


def test_the_bytes_are_those_of_the_online_signer(
    three: list[CSR], bench: Bench, desk: Desk, online: Callable[[], None]
) -> None:
    made = signed(three, bench)
    online()

    taken = take(made, desk=desk)

    assert outcomes(taken) == [Outcome.ALREADY] * 3
    assert [one.sentence for one in taken] == [""] * 3
    assert [bytes(CSR.objects.get(pk=one.csr_id).signature or b"") for one in made] == [
        signature(one).signature for one in made
    ]


def test_a_second_import_changes_nothing(three: list[CSR], bench: Bench, desk: Desk) -> None:
    break_csr(three[0], b"damaged")
    made = signed(three, bench)
    take(made, desk=desk)
    events, mails = Event.objects.count(), Mail.objects.count()

    taken = take(made, desk=desk)

    assert outcomes(taken) == [Outcome.ALREADY] * 3
    assert (Event.objects.count(), Mail.objects.count()) == (events, mails)


def test_one_result_that_stands_twice_in_the_file_is_recorded_once(
    three: list[CSR], bench: Bench, desk: Desk
) -> None:
    [one] = signed(three[:1], bench)

    taken = take([one, one], desk=desk)

    assert outcomes(taken) == [Outcome.SIGNED, Outcome.ALREADY]
    assert Event.objects.filter(csr=three[0], verb="record_signature").count() == 1


def test_what_was_withdrawn_meanwhile_is_left_alone(
    three: list[CSR], bench: Bench, desk: Desk, ada: User
) -> None:
    made = signed(three, bench)
    lifecycle.withdraw(three[1], by=Actor.of(ada))

    taken = take(made, desk=desk)

    assert outcomes(taken) == [Outcome.SIGNED, Outcome.LEFT, Outcome.SIGNED]
    assert "now “Withdrawn”" in taken[1].sentence
    assert states(three) == ["signed", "withdrawn", "signed"]
    assert three[1].signature is None


def test_what_was_withdrawn_after_its_import_is_left_alone(
    three: list[CSR], bench: Bench, desk: Desk, ada: User
) -> None:
    made = signed(three[:1], bench)
    take(made, desk=desk)
    lifecycle.withdraw(three[0], by=Actor.of(ada))

    assert outcomes(take(made, desk=desk)) == [Outcome.LEFT]


def test_one_bad_csr_fails_alone_with_the_online_signers_reason(
    three: list[CSR], bench: Bench, desk: Desk, sam: User, online: Callable[[], None]
) -> None:
    break_csr(three[1], b"\x30\x03\x02\x01\x05")
    take(signed(three, bench), desk=desk)
    assert states(three) == ["signed", "failed", "signed"]
    event = Event.objects.get(csr=three[1], verb="record_failure")
    assert not three[1].approvals.exists()
    lifecycle.approve(three[1], by=Actor.of(sam))

    online()

    again = Event.objects.filter(csr=three[1], verb="record_failure").last()
    assert again is not None
    assert again.pk != event.pk
    assert again.actor_name == event.actor_name


def test_what_the_database_refuses_is_told_and_the_others_go_in(
    three: list[CSR], bench: Bench, desk: Desk
) -> None:
    made = signed(three, bench)

    with event_refused(three[1]):
        taken = take(made, desk=desk)

        assert outcomes(taken) == [Outcome.SIGNED, Outcome.REFUSED, Outcome.SIGNED]
    assert "The database did not take it" in taken[1].sentence
    assert states(three) == ["signed", "approved", "signed"]
    assert outcomes(take(made, desk=desk)) == [Outcome.ALREADY, Outcome.SIGNED, Outcome.ALREADY]


def test_a_database_in_trouble_ends_the_import(
    three: list[CSR], bench: Bench, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    def gone(signatures: object, **_: object) -> None:
        tried.append(signatures)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(lifecycle, "record_signatures", gone)

    with pytest.raises(OperationalError):
        take(signed(three, bench), desk=desk)

    assert len(tried) == 1


def test_an_identity_that_fails_offline_fails_no_csr(three: list[CSR], bench: Bench) -> None:
    broken = replace(bench, identity=Replayed(bench.identity.chain, b"of a broken token"))

    with pytest.raises(errors.InvalidIdentity, match="not fit"):
        signed(three, broken)


def test_the_event_says_where_it_was_signed(three: list[CSR], bench: Bench, desk: Desk) -> None:
    take(signed(three[:1], bench), desk=desk)

    assert Event.objects.get(verb="record_signature").facts["signer"] == "air-gapped"
