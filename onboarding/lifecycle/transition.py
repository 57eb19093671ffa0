"""How a state changes: by compare-and-set, with its Event, in one transaction."""

from collections.abc import Collection
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field
from django.utils import timezone

from onboarding import errors, language
from onboarding.errors import gettext_noop
from onboarding.lifecycle import origin
from onboarding.lifecycle.actor import Actor
from onboarding.models import CSR, Customer, Event, PushCertificate, VendorCertificate

State = CSR.State


def move(csr: CSR, *, to: State, allowed: Collection[State], **changes: Any) -> None:
    """Set state and `changes` if the row is still in an `allowed` state, else raise WrongState.

    Any: the changes are columns of CSR, each of its own type. Call within a transaction.
    """
    now = timezone.now()
    moved = CSR.objects.filter(pk=csr.pk, state__in=allowed).update(
        state=to, state_since=now, **changes
    )
    csr.refresh_from_db()
    if not moved:
        raise moved_on(csr)


def demand_state(csr: CSR, *, allowed: Collection[State]) -> None:
    """Raise WrongState unless the row is in an `allowed` state; lock it for this transaction."""
    current = CSR.objects.select_for_update().get(pk=csr.pk)
    if current.state not in allowed:
        raise moved_on(current)


def moved_on(csr: CSR) -> errors.WrongState:
    return errors.WrongState(
        gettext_noop(
            "This CSR is now “%(state)s”, so this cannot be done any more. Nothing was changed."
        ),
        state=language.marked(State(csr.state).label),
    )


def record(
    verb: str,
    *,
    by: Actor,
    customer: Customer | None = None,
    csr: CSR | None = None,
    push_certificate: PushCertificate | None = None,
    vendor_certificate: VendorCertificate | None = None,
    **facts: Any,
) -> Event:
    """Write the Event of `verb`, on these rows; a CSR names its customer too.

    Any: facts are public details, and go to JSON as they are.
    """
    here = origin.current()
    event = Event(
        at=timezone.now(),
        verb=verb,
        actor=by.user,
        actor_name=by.name,
        # By their numbers: a state that changed has made the CSR forget its customer.
        customer_id=customer.pk if customer else (csr.customer_id if csr else None),
        csr=csr,
        push_certificate=push_certificate,
        vendor_certificate=vendor_certificate,
        facts=facts,
        address=here.address,
        user_agent=here.user_agent,
    )
    _insert(event)
    return event


def _insert(event: Event) -> None:
    """As Django's own, with a statement that is put together once: every verb waits for it."""
    values = [
        field.get_db_prep_save(getattr(event, field.attname), connection) for field in _written()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(), values)
        (event.pk,) = cursor.fetchone()
    event._state.adding, event._state.db = False, connection.alias


@cache
def _written() -> "tuple[Field[Any, Any], ...]":
    """All columns but the number, which the database gives. Any: of every type."""
    return tuple(field for field in Event._meta.concrete_fields if not field.primary_key)


@cache
def _statement() -> str:
    columns = ", ".join(f'"{field.column}"' for field in _written())
    places = ", ".join(["%s"] * len(_written()))
    return f'INSERT INTO "{Event._meta.db_table}" ({columns}) VALUES ({places}) RETURNING id'  # noqa: S608 - our own names
