"""Is anybody at work? Worker and signer show themselves; staff see when they last did."""

from datetime import datetime, timedelta

from onboarding.models import Pulse

# Asked for every 15 seconds; a signer with its hands full comes to it after a minute.
LIMIT = timedelta(minutes=2)


def note(process: Pulse.Process, *, now: datetime, trouble: str = "") -> None:
    """This process is at work, and met `trouble` or none."""
    Pulse.objects.update_or_create(
        process=process, defaults={"seen_at": now, "trouble": trouble[:2000]}
    )


def absent(*, now: datetime, limit: timedelta = LIMIT) -> dict[Pulse.Process, str]:
    """The processes not seen for longer than `limit`, each with a sentence that says so."""
    seen = {pulse.process: pulse.seen_at for pulse in Pulse.objects.all()}
    return {
        process: _sentence(process, seen.get(process))
        for process in Pulse.Process
        if process not in seen or now - seen[process] > limit
    }


def trouble(process: Pulse.Process) -> str:
    """What this process met when it last showed itself; empty while all is well."""
    return Pulse.objects.filter(process=process).values_list("trouble", flat=True).first() or ""


def _sentence(process: Pulse.Process, at: datetime | None) -> str:
    since = f"since {at:%Y-%m-%d %H:%M:%S} UTC" if at else "so far"
    return (
        f"No {process} has been seen {since}. Start it; if it runs, look whether beat does, which"
        " asks it to show itself."
    )
