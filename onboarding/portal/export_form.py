"""How a key is to leave: in which form, under which passphrase."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_variables

from onboarding.models import Export

MIN_LENGTH, MAX_LENGTH, MIN_DIFFERENT = 12, 128, 6
POLICY = format_lazy(
    gettext_lazy(
        "{least} to {most} characters, at least {different} of them different: letters, digits,"
        " signs and spaces within, without accents or umlauts, which not every program reads alike."
    ),
    least=MIN_LENGTH,
    most=MAX_LENGTH,
    different=MIN_DIFFERENT,
)


class ExportForm(forms.Form):
    """The passphrase is never written into a page again, nor kept in the form."""

    form = forms.ChoiceField(
        label=gettext_lazy("Form"),
        choices=Export.Form.choices,
        initial=Export.Form.PKCS12,
        widget=forms.RadioSelect(attrs={"class": "form-check-input", "data-draft": True}),
    )
    passphrase = forms.CharField(
        label=gettext_lazy("Passphrase"),
        strip=False,
        help_text=POLICY,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("Passphrase, once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    @sensitive_variables("passphrase")
    def clean_passphrase(self) -> str:
        passphrase: str = self.cleaned_data["passphrase"]
        if fault := _fault(passphrase):
            raise forms.ValidationError(fault)
        return passphrase

    @sensitive_variables("passphrase", "again")
    def clean(self) -> None:
        passphrase, again = (self.cleaned_data.get(name) for name in ("passphrase", "again"))
        if passphrase and again and passphrase != again:
            self.add_error("again", gettext("The two passphrases differ. Type both again."))


@sensitive_variables("passphrase")
def _fault(passphrase: str) -> str:
    """What is wrong with it, empty if nothing is; its characters are never named."""
    if len(passphrase) < MIN_LENGTH:
        return gettext("This has %(found)s characters; at least %(least)s are needed.") % {
            "found": len(passphrase),
            "least": MIN_LENGTH,
        }
    if len(passphrase) > MAX_LENGTH:
        return gettext("This has %(found)s characters; at most %(most)s are taken.") % {
            "found": len(passphrase),
            "most": MAX_LENGTH,
        }
    if len(set(passphrase)) < MIN_DIFFERENT:
        return gettext("This has too few different characters; at least %(least)s are needed.") % {
            "least": MIN_DIFFERENT
        }
    if not (passphrase.isascii() and passphrase.isprintable()):
        return gettext(
            "This has a character that not every program reads alike: an accent, an umlaut, a tab."
        )
    if passphrase.strip() != passphrase:
        return gettext(
            "This begins or ends with a space, which is easily lost. Leave that space out."
        )
    return ""
