"""Mails that were given up, for the mail server refused them: staff say what becomes of each."""

from django.db import transaction
from django.utils import timezone

from onboarding import errors, queue
from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Mail

_PERMISSION = "close_alarm"


@transaction.atomic
def send_mail_again(mail: Mail, *, by: Actor) -> None:
    """It is owed as if it had never been refused; one that was put aside, too."""
    demand_staff(by, permission=_PERMISSION)
    given_up = Mail.objects.filter(pk=mail.pk, refused_at__isnull=False)
    again = given_up.update(
        refused_at=None,
        put_aside_at=None,
        refusals=0,
        not_before=None,
        claimed_at=None,
        # From now on it counts how long it waits.
        queued_at=timezone.now(),
    )
    if not again:
        raise errors.WrongState("This mail was not given up. Nothing was changed.")
    _record("send_mail_again", mail, by)
    queue.send_mails()


@transaction.atomic
def put_mail_aside(mail: Mail, *, by: Actor) -> None:
    """It stays as it is, and nobody is alarmed by it any more."""
    demand_staff(by, permission=_PERMISSION)
    if not Mail.objects.refused().filter(pk=mail.pk).update(put_aside_at=timezone.now()):
        raise errors.WrongState("This mail waits for no decision. Nothing was changed.")
    _record("put_mail_aside", mail, by)


def _record(verb: str, mail: Mail, by: Actor) -> None:
    record(
        verb,
        by=by,
        customer=mail.customer,
        csr=mail.csr,
        push_certificate=mail.push_certificate,
        kind=mail.kind,
        recipient=mail.recipient,
    )
