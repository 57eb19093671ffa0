"""What becomes of a sealed push key: sealed anew, or destroyed for good."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from onboarding import errors, language, queue
from onboarding.errors import gettext_noop
from onboarding.lifecycle import exports
from onboarding.lifecycle.actor import Actor, demand_admin_or_staff, demand_process
from onboarding.lifecycle.transition import record
from onboarding.models import CSR, Export
from onboarding.models.csr import LIVE


@transaction.atomic
def record_rotation(*, custody_key: str, before: str, by: Actor) -> None:
    """From now on push keys are sealed to `custody_key`; both are fingerprints."""
    demand_process(by, Actor.operator())
    record("rotate_custody_key", by=by, custody_key=custody_key, before=before)


@transaction.atomic
def begin_reseal(csr: CSR, *, file: str, custody_key: str, by: Actor) -> None:
    """Write down the name of the new seal before it is made, beside the old one.

    So every copy of a push key that was ever in storage can be named when the key is destroyed,
    whatever died half-way.
    """
    demand_process(by, Actor.worker())
    record(
        "begin_reseal", by=by, csr=csr, before=csr.sealed_key, file=file, custody_key=custody_key
    )


@transaction.atomic
def hold_seal(csr: CSR) -> None:
    """Lock the row as long as its seal is the one that `csr` names; else raise WrongState."""
    kept = CSR.objects.keeping_key().filter(pk=csr.pk, sealed_key=csr.sealed_key)
    if not list(kept.select_for_update().values_list("pk")):
        raise errors.WrongState("The seal of this push key is another by now, or it is destroyed.")


@transaction.atomic
def record_reseal(csr: CSR, *, sealed_key: str, custody_key: str, by: Actor) -> None:
    """The row points to the new seal, if it still pointed to the old one; else WrongState."""
    demand_process(by, Actor.worker())
    known = CSR.objects.keeping_key().filter(pk=csr.pk, sealed_key=csr.sealed_key)
    if not known.update(sealed_key=sealed_key, custody_key=custody_key):
        raise errors.WrongState("The seal of this push key is another by now, or it is destroyed.")


@transaction.atomic
def destroy_key(csr: CSR, *, by: Actor) -> None:
    """The push key is to go, for good; exports of it end. Once committed the worker deletes it."""
    demand_admin_or_staff(by, csr.customer, permission="destroy_key")
    let_go(csr, by=by)


def let_go(csr: CSR, *, by: Actor) -> None:
    """As `destroy_key`, for a verb that has asked who acts. Call within a transaction."""
    kept = CSR.objects.keeping_key().filter(pk=csr.pk).exclude(state__in=LIVE)
    if not kept.update(key_destroyed_at=timezone.now()):
        raise _kept_or_gone(CSR.objects.get(pk=csr.pk))
    csr.refresh_from_db()
    exports.call_off(
        Export.objects.filter(push_certificate__csr=csr),
        why=gettext_noop("The push key was deleted."),
    )
    record(
        "destroy_key",
        by=by,
        csr=csr,
        public_key_sha256=csr.public_key_sha256,
        custody_key=csr.custody_key,
        file=csr.sealed_key,
    )
    queue.destroy(csr.pk)


@transaction.atomic
def record_key_gone(csr: CSR, *, files: Sequence[str], by: Actor) -> None:
    """Each of `files`, every seal that there ever was of the key, was seen to be gone."""
    demand_process(by, Actor.worker())
    destroyed = CSR.objects.filter(
        pk=csr.pk, key_destroyed_at__isnull=False, key_gone_at__isnull=True
    )
    if destroyed.update(key_gone_at=timezone.now()):
        csr.refresh_from_db()
        record(
            "key_gone",
            by=by,
            csr=csr,
            public_key_sha256=csr.public_key_sha256,
            files=list(files),
        )


def _kept_or_gone(csr: CSR) -> errors.PortalError:
    if csr.keeps_key:
        return errors.WrongState(
            gettext_noop(
                "This CSR is “%(state)s”, and without its key no certificate for it could be used."
                " Withdraw the CSR first."
            ),
            state=language.marked(CSR.State(csr.state).label),
        )
    return errors.KeyGone(gettext_noop("There is no push key here that could be deleted."))
