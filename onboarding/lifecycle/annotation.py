"""Staff write notes on a customer and keep files with it; neither is ever edited."""

from django.db import transaction
from django.utils import timezone

from onboarding import errors
from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Attachment, Customer, Note, User


@transaction.atomic
def write_note(customer: Customer, *, text: str, by: Actor) -> Note:
    """A note for staff alone; the Event says that there is one, not what it says."""
    author = _author(by)
    if not text.strip():
        raise errors.MissingReason("The note is empty. Write what colleagues should know.")
    note = Note.objects.create(
        customer=customer,
        author=author,
        author_name=by.name,
        written_at=timezone.now(),
        text=text.strip(),
    )
    record("write_note", by=by, customer=customer, note=note.pk)
    return note


@transaction.atomic
def attach_file(
    customer: Customer, *, name: str, what: str, file: str, size: int, by: Actor
) -> Attachment:
    """Keep a file with the customer. `file` is its name in storage, which ends in its SHA-256."""
    attachment = Attachment.objects.create(
        customer=customer,
        name=name,
        what=what.strip(),
        file=file,
        sha256=file.rsplit("/", 1)[-1],
        size=size,
        added_by=_author(by),
        added_at=timezone.now(),
    )
    record(
        "attach_file",
        by=by,
        customer=customer,
        attachment=attachment.pk,
        name=name,
        sha256=attachment.sha256,
        size=size,
    )
    return attachment


@transaction.atomic
def fetch_attachment(attachment: Attachment, *, by: Actor) -> None:
    """Write down who takes a copy of a file."""
    demand_staff(by, permission="view_attachment")
    record(
        "fetch_attachment",
        by=by,
        customer=attachment.customer,
        attachment=attachment.pk,
        sha256=attachment.sha256,
    )


def _author(by: Actor) -> User:
    demand_staff(by, permission="annotate_customer")
    if by.user is None:
        raise errors.NotAllowed("Notes and files are a person's.")
    return by.user
