"""Why something is stuck, as far as it is known, in sentences for staff."""

from datetime import datetime

from django.db.models import Q

from onboarding import pulses, queue
from onboarding.models import Alarm, Mail, Pulse
from onboarding.stuck import Part

_HINDERS_SIGNING = Q(kind__in=[Alarm.Kind.IDENTITY_UNFIT, Alarm.Kind.CAP_REACHED]) | Q(
    kind=Alarm.Kind.VENDOR_CERTIFICATE_ENDING, about__endswith=", ended"
)


def why(part: Part, *, now: datetime) -> str:
    """What keeps `part` from going on. Asks the broker only when a process is missing."""
    process = doer(part)
    known = _known(part)
    # A signer that has just reached its cap was at work a moment ago, and is no more.
    busy = _busy(now) if part is Part.SIGNING and not known else []
    found = [*known, *(busy or _missing(process, now))]
    return " ".join(found) or f"The {process} is there and does not get on: its log says why."


def doer(part: Part) -> Pulse.Process:
    """Which process gets on with it."""
    return Pulse.Process.SIGNER if part is Part.SIGNING else Pulse.Process.WORKER


def is_held_up() -> bool:
    """Whether staff are told already that signing does not go on."""
    return is_told_of(Part.SIGNING) or Alarm.objects.open().filter(_HINDERS_SIGNING).exists()


def is_told_of(part: Part) -> bool:
    """Whether staff have been told that something waits in this part."""
    return Alarm.objects.open().filter(kind=Alarm.Kind.STUCK, about=part).exists()


def _known(part: Part) -> list[str]:
    if part is Part.SIGNING:
        return [alarm.sentence for alarm in Alarm.objects.open().filter(_HINDERS_SIGNING)]
    if part is Part.MAILS:
        return _last_failure()
    return [trouble] if (trouble := pulses.trouble(Pulse.Process.WORKER)) else []


def _last_failure() -> list[str]:
    failed = Mail.objects.unsent().exclude(failure="").order_by("-claimed_at", "-id").first()
    return [f"The last attempt failed: {failed.failure}"] if failed else []


def _busy(now: datetime) -> list[str]:
    last = pulses.last_signature(now=now)
    if last is None:
        return []
    sentence = (
        f"The signer is at work, its last signature is of {last:%H:%M:%S} UTC: more is approved"
        " than it signs at once. SIGNING_RATE holds it back if that is set."
    )
    return [sentence]


def _missing(process: Pulse.Process, now: datetime) -> list[str]:
    absent = pulses.absent(now=now, waited_for=[process]).get(process)
    if absent is None:
        return []
    if queue.is_reachable():
        return [absent]
    return ["The broker does not answer, so nobody hears of work: start it.", absent]
