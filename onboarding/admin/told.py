"""What a customer is asked and told about its certificates: what was, what comes next, to whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from onboarding import questions, reminders
from onboarding.models import Customer, Mail, PushCertificate, Reminder, SignInQuestion

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """The yearly question about one certificate; `question` is None before it is asked."""

    certificate: PushCertificate
    question: SignInQuestion | None
    next: str


@dataclass(frozen=True, slots=True)
class Told:
    """A reminder that was told, with its mails."""

    reminder: Reminder
    mails: Sequence[Mail]


@dataclass(frozen=True, slots=True)
class Due:
    """When a certificate's next reminder is told."""

    certificate: PushCertificate
    day: date


def when(threshold: int) -> str:
    """How a threshold reads: 0 is the day of the end, negative ones are after it."""
    if threshold == 0:
        return "on the day of the end"
    days = "1 day" if abs(threshold) == 1 else f"{abs(threshold)} days"
    return f"{days} {'before' if threshold > 0 else 'after'} the end"


def checks(certificates: Sequence[PushCertificate], *, now: datetime) -> list[Check]:
    """Of these active certificates, each with its question and what comes next."""
    asked = {
        one.push_certificate_id: one
        for one in SignInQuestion.objects.filter(push_certificate__in=certificates)
    }
    return [
        Check(one, asked.get(one.pk), _next(one, asked.get(one.pk), now)) for one in certificates
    ]


def last(customer: Customer) -> list[Told]:
    """The newest reminders, with their mails."""
    told = list(
        Reminder.objects.filter(push_certificate__customer=customer)
        .select_related("push_certificate")
        .defer("push_certificate__der")[:_SHOWN]
    )
    mails = _mails(told)
    return [Told(one, mails.get((one.push_certificate_id, str(one.threshold)), [])) for one in told]


def coming(certificates: Sequence[PushCertificate], *, now: datetime) -> list[Due]:
    """The next reminder of each of these active certificates, the soonest first."""
    found = [Due(one, reminders.next_day(one.not_after, now=now)) for one in certificates]
    return sorted(found, key=lambda due: due.day)


def _next(certificate: PushCertificate, question: SignInQuestion | None, now: datetime) -> str:
    if question is None:
        begin, _ = questions.window(now)
        if certificate.not_after < begin:
            return "not before its renewal: so near the end the reminders speak of it"
        first = certificate.not_after - questions.FROM
        return f"asked on {max(first, now):%Y-%m-%d}"
    if question.answer:
        return "asked again half a year before the end of the renewed certificate"
    if question.asked_again_at is None:
        again = questions.answer_by(question.asked_at)
        if certificate.not_after < questions.window(max(again, now))[0]:
            return "not asked again before its renewal: by then the reminders speak of it"
        return f"asked again on {again:%Y-%m-%d} without an answer"
    return f"staff get an alarm on {questions.answer_by(question.asked_again_at):%Y-%m-%d}"


def _mails(told: Sequence[Reminder]) -> Mapping[tuple[UUID, str], list[Mail]]:
    found: dict[tuple[UUID, str], list[Mail]] = {}
    for mail in _of(told):
        key = (mail.push_certificate_id or UUID(int=0), mail.occasion)
        found.setdefault(key, []).append(mail)
    return found


def _of(told: Sequence[Reminder]) -> Iterator[Mail]:
    certificates = {one.push_certificate_id for one in told}
    thresholds = {str(one.threshold) for one in told}
    yield from Mail.objects.filter(
        kind=Mail.Kind.REMINDER, push_certificate__in=certificates, occasion__in=thresholds
    ).order_by("recipient")
