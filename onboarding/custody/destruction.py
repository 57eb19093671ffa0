"""A push key is destroyed: every copy that was ever in storage, and then it is proved."""

from onboarding import lifecycle
from onboarding.custody import alarms, disposal
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Export

WORKER = Actor.worker()
# The facts of a `begin_reseal` that name a file.
_NAMED = ("before", "file")


def carry_out(csr: CSR) -> None:
    """Delete what was asked to be deleted; safe twice. Raises StillThere while a file stays."""
    if csr.key_destroyed_at is None:
        return
    # An export holds the key as well, under a passphrase.
    for export in Export.objects.going().filter(push_certificate__csr=csr):
        disposal.end(export, by=WORKER)
    files = seals(csr)
    for name in files:
        disposal.dispose(name)
    lifecycle.record_key_gone(csr, files=files, by=WORKER)
    alarms.clear_for(csr)


def seals(csr: CSR) -> list[str]:
    """The names of all files that ever held this key sealed, those of broken-off tries included."""
    begun = csr.events.filter(verb="begin_reseal").values_list("facts", flat=True)
    return sorted({csr.sealed_key, *(facts[which] for facts in begun for which in _NAMED)})
