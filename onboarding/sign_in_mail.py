"""What a mail says of a change to that by which its reader signs in, theirs or not."""

from django.utils.translation import gettext_lazy as _

from onboarding.models import Event, Mail

# What became of which kind -> the subject, and a sentence that says what follows from it.
_PASSWORD = (
    _("Your password was changed"),
    _("The old password works no more, and every other session that it had opened has ended."),
)
_TEXTS = {
    ("password changed", ""): _PASSWORD,
    ("password reset", ""): _PASSWORD,
    ("password set", ""): (
        _("A password was set for your account"),
        _("You can sign in with it from now on."),
    ),
    ("second factor added", "webauthn"): (
        _("A passkey was added to your account"),
        _("Whoever holds the device with this passkey can sign in as you, without your password."),
    ),
    ("second factor removed", "webauthn"): (
        _("A passkey was removed from your account"),
        _("Nobody can sign in with this passkey any more."),
    ),
    ("second factor added", "totp"): (
        _("An authenticator app was added to your account"),
        _("After your password you are asked for a code of this app from now on."),
    ),
    ("second factor removed", "totp"): (
        _("The authenticator app was removed from your account"),
        _("Its codes work no more, and nobody is asked for one after your password."),
    ),
    ("second factor added", "recovery_codes"): (
        _("Recovery codes were made for your account"),
        _(
            "Each stands in once for your passkey or app. If you had other codes, they work no"
            " more."
        ),
    ),
}


def is_told(what: str, kind: str) -> bool:
    """Codes that go are not: new ones come in their place, or what they stood in for went, too."""
    return (what, kind) in _TEXTS


def facts(mail: Mail) -> dict[str, object]:
    event = Event.objects.select_related("actor").get(pk=mail.occasion)
    return {"person": mail.person, "event": event, "who": str(event.actor), **_text(event)}


def _text(event: Event) -> dict[str, object]:
    key = (event.facts.get("what", ""), event.facts.get("kind", ""))
    subject, sentence = _TEXTS.get(key, ("", ""))
    return {"subject": subject, "sentence": sentence}
