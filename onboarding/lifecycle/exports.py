"""A push key leaves: an admin asks, the worker makes a file, it is fetched once, and is gone."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from onboarding import errors, queue
from onboarding.errors import gettext_noop
from onboarding.lifecycle.actor import Actor, demand_admin, demand_process
from onboarding.lifecycle.transition import record
from onboarding.models import CSR, Export, PushCertificate
from onboarding.models.export import LIFETIME, ExportQuerySet

State = Export.State


@transaction.atomic
def ask_export(
    certificate: PushCertificate,
    *,
    export_id: UUID,
    form: Export.Form,
    sealed_passphrase: bytes,
    by: Actor,
) -> Export:
    """A new export in ASKED; an earlier one of the same person, still to be fetched, ends.

    `sealed_passphrase` is sealed for `export_id`, so that it opens for no other one.
    """
    demand_admin(by, certificate.customer)
    if by.user is None:
        raise errors.NotAllowed("An export is asked for by a person.")
    # Locked, so that a deletion of the key comes before or after this, never between.
    csr = CSR.objects.select_for_update().filter(push_certificate=certificate).first()
    if csr is None or not csr.keeps_key:
        raise errors.KeyGone(
            gettext_noop("The portal keeps no key for this certificate, so none can leave it.")
        )
    earlier = Export.objects.filter(push_certificate=certificate, asked_by=by.user)
    call_off(
        earlier, why=gettext_noop("You asked for another one since, and only the last one counts.")
    )
    export = Export.objects.create(
        id=export_id,
        push_certificate=certificate,
        form=form,
        asked_by=by.user,
        asked_at=timezone.now(),
        sealed_passphrase=sealed_passphrase,
    )
    _record("ask_export", export, by=by, form=form)
    queue.export(export.pk)
    return export


@transaction.atomic
def name_export(export: Export, *, file: str, by: Actor) -> None:
    """Write down the name of the file before it is there, so that no copy is ever nameless."""
    demand_process(by, Actor.worker())
    known = Export.objects.filter(pk=export.pk, state=State.ASKED, file=export.file)
    _demand(known.update(file=file))
    export.file = file


@transaction.atomic
def record_export(export: Export, *, by: Actor) -> None:
    """ASKED → READY: the file is in storage under its name, and the passphrase is forgotten."""
    demand_process(by, Actor.worker())
    known = Export.objects.filter(pk=export.pk, state=State.ASKED, file=export.file)
    _demand(known.update(state=State.READY, made_at=timezone.now(), sealed_passphrase=None))
    _record("make_export", export, by=by)


@transaction.atomic
def fail_export(export: Export, *, sentence: str, by: Actor) -> None:
    """ASKED → FAILED, with what the person reads."""
    demand_process(by, Actor.worker())
    known = Export.objects.filter(pk=export.pk, state=State.ASKED)
    _demand(known.update(state=State.FAILED, failure=sentence, sealed_passphrase=None))
    _record("fail_export", export, by=by, sentence=sentence)


@transaction.atomic
def fetch_export(export: Export, *, by: Actor) -> None:
    """The one download: whoever sets `fetched_at` gets the file, everybody after it ExportGone."""
    if by.user != export.asked_by:
        raise errors.NotAllowed(
            gettext_noop("Only the person who asked for this export may fetch it.")
        )
    demand_admin(by, export.push_certificate.customer)
    now = timezone.now()
    offered = Export.objects.filter(
        pk=export.pk, state=State.READY, fetched_at__isnull=True, asked_at__gt=now - LIFETIME
    )
    if not offered.update(fetched_at=now):
        raise errors.ExportGone(
            gettext_noop(
                "This file is gone: it could be downloaded once, within an hour. Ask for a new"
                " export on the certificate’s page."
            )
        )
    _record("fetch_export", export, by=by)


@transaction.atomic
def end_export(export: Export, *, by: Actor) -> None:
    """→ GONE, once its file was seen to be gone; a file named since then ends it another time."""
    known = Export.objects.going().filter(pk=export.pk, file=export.file)
    now = timezone.now()
    if known.update(state=State.GONE, gone_at=now, sealed_passphrase=None):
        _record("end_export", export, by=by, file=export.file)


def call_off(exports: ExportQuerySet, *, why: str) -> None:
    """What is not fetched yet is offered no more; the worker deletes its file once committed."""
    open_ones = exports.filter(state__in=[State.ASKED, State.READY], fetched_at__isnull=True)
    for pk in open_ones.values_list("pk", flat=True):
        if open_ones.filter(pk=pk).update(state=State.FAILED, failure=why, sealed_passphrase=None):
            queue.export(pk)


def _demand(changed: int) -> None:
    if not changed:
        raise errors.WrongState(gettext_noop("This export has moved on. Nothing was changed."))


def _record(verb: str, export: Export, *, by: Actor, **facts: Any) -> None:
    """Any: as `record` takes them."""
    certificate = export.push_certificate
    record(
        verb,
        by=by,
        csr=certificate.csr,
        push_certificate=certificate,
        export=str(export.pk),
        **facts,
    )
