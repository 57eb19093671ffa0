"""The yearly question: asked with the day's reminders, and what staff have to know of it."""

from collections.abc import Iterable
from datetime import datetime

from onboarding import lifecycle, questions
from onboarding.lifecycle import Actor
from onboarding.models import Customer, PushCertificate, SignInQuestion

PAGE = 1000
# So many are named in an alarm; the others are in the list.
_NAMED = 3


def ask(now: datetime) -> None:
    """Ask what is due, page by page."""
    begin, end = questions.window(now)
    unasked = PushCertificate.objects.active().filter(
        not_after__gte=begin, not_after__lte=end, sign_in_question__isnull=True
    )
    last = None
    while page := list(unasked.by_end(after=last).values_list("not_after", "pk")[:PAGE]):
        if read := PushCertificate.objects.read_among([pk for _, pk in page]):
            lifecycle.ask(list(read), now=now, by=Actor.worker())
        last = page[-1]
    # Without a reader it could be asked of nobody, and would come up for ever.
    waiting = SignInQuestion.objects.to_ask_again(now - questions.PATIENCE).filter(
        push_certificate__in=PushCertificate.objects.with_reader().filter(not_after__gte=begin)
    )
    while again := list(waiting.order_by("id").values_list("pk", flat=True)[:PAGE]):
        lifecycle.ask_again(again, now=now, by=Actor.worker())


def ignored(now: datetime) -> dict[str, str]:
    """For staff: whose answer is missing still, as the one matter that it is."""
    found = SignInQuestion.objects.ignored(now - questions.PATIENCE)
    names = found.order_by("push_certificate__customer__name", "id").values_list(
        "push_certificate__customer__name", flat=True
    )
    return _matter(
        found.count(),
        names[:_NAMED],
        one="1 question has not been answered, asked twice: can somebody still sign in at Apple?",
        several="questions have not been answered, asked twice: can somebody still sign in at"
        " Apple?",
    )


def untold() -> dict[str, str]:
    """For staff: with whom nobody is told that push ends."""
    active = PushCertificate.objects.active()
    found = Customer.objects.open().filter(
        pk__in=active.exclude(pk__in=active.with_reader()).values("customer")
    )
    return _matter(
        found.count(),
        found.order_by("name", "id").values_list("name", flat=True)[:_NAMED],
        one="1 customer has a push certificate, and no address that is told of its end.",
        several="customers have push certificates, and no address that is told of their end.",
    )


def lost() -> dict[str, str]:
    """By certificate, for staff: where nobody can sign in at Apple any more."""
    rows = SignInQuestion.objects.lost().select_related("push_certificate__customer")
    return {str(one.push_certificate_id): _lost(one) for one in rows.defer("push_certificate__der")}


def _lost(question: SignInQuestion) -> str:
    certificate = question.push_certificate
    account = certificate.apple_account or "an Apple Account that was not noted"
    return (
        f"{question.answered_by} said on {question.answered_at:%Y-%m-%d %H:%M} UTC that nobody at"
        f" {certificate.customer} can sign in at Apple with {account} any more. The certificate"
        f" {certificate.topic} ends on {certificate.not_after:%Y-%m-%d}."
    )


def _matter(count: int, names: Iterable[str], *, one: str, several: str) -> dict[str, str]:
    if not count:
        return {}
    found = one if count == 1 else f"{count} {several}"
    more = f" and {count - _NAMED} more" if count > _NAMED else ""
    return {"": f"{found} That is: {', '.join(names)}{more}."}
