"""Who lost app, passkey and recovery codes is helped: staff take all of them away."""

from django.apps import apps
from django.db import transaction

from onboarding import errors
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Mail, User


@transaction.atomic
def reset_second_factor(person: User, *, reason: str, by: Actor) -> None:
    """Delete every second factor of the person and end all their sessions; the password stays.

    For the web process, which alone has the applications that keep these.
    """
    _demand_to_reset(person, by=by)
    if not reason.strip():
        raise errors.MissingReason("Give a reason: whoever looks at this later will want to know.")
    # One after the other: of two resets at once the second finds nothing left to do.
    User.objects.select_for_update().get(pk=person.pk)
    factors = apps.get_model("mfa", "Authenticator").objects.filter(user=person)
    kinds = sorted(factors.values_list("type", flat=True))
    if not kinds:
        raise errors.WrongState(f"{person} has no second factor, so there is nothing to reset.")
    factors.delete()
    sessions = list(apps.get_model("usersessions", "UserSession").objects.filter(user=person))
    for session in sessions:
        session.end()
    event = record(
        "reset_second_factor",
        by=by,
        person=person.email,
        reason=reason.strip(),
        kinds=kinds,
        sessions_ended=len(sessions),
    )
    owed_mail.about_sign_in(Mail.Kind.SECOND_FACTOR_RESET, person, about=str(event.pk))


def _demand_to_reset(person: User, *, by: Actor) -> None:
    demand_staff(by, permission="reset_second_factor")
    if by.user == person:
        raise errors.NotAllowed(
            "Nobody resets their own second factor: whoever took over a session could. Ask a"
            " colleague."
        )
    if person.is_superuser and not (by.user and by.user.is_superuser):
        raise errors.NotAllowed("The second factor of a superuser is reset by another superuser.")
