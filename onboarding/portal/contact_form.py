"""An address to be told, and how its reader is spoken to."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from onboarding import shown_name
from onboarding.models import LANGUAGES, Contact
from onboarding.portal import preferences


class ContactForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput({"data-draft": True}),
        help_text=_("The address of a group outlasts that of a person."),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        required=False,
        validators=[shown_name.demand_plain],
        widget=forms.TextInput({"data-draft": True}),
        help_text=_("Who reads it: a person, a team. May stay empty."),
    )
    language = forms.ChoiceField(
        label=_("Language of the mails"),
        choices=LANGUAGES,
        widget=forms.Select({"data-draft": True}),
    )
    wants_reminders = forms.BooleanField(
        label=_("Wants reminders before a push certificate ends"), required=False
    )

    def __init__(self, data: QueryDict | None = None, *, contact: Contact | None) -> None:
        new = {"language": preferences.current(), "wants_reminders": True}
        super().__init__(data, initial=_known(contact) if contact else new)


def _known(contact: Contact) -> dict[str, object]:
    return {
        "email": contact.email,
        "name": contact.name,
        "language": contact.language or "en",
        "wants_reminders": contact.wants_reminders,
    }
