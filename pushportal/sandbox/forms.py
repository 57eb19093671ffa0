"""The stand-in's forms."""

from django import forms


class SignInForm(forms.Form):
    account = forms.EmailField(
        label="Apple Account",
        error_messages={
            "required": "Enter an Apple Account, in the form of an e-mail address.",
            "invalid": "Enter an Apple Account in the form name@example.com.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )


class UploadForm(forms.Form):
    """A signed request and the person's own notes: what Renew asks for."""

    notes = forms.CharField(
        label="Notes",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    # An empty file gets Apple's sentence, not Django's.
    signed_request = forms.FileField(
        label="Signed request from your vendor",
        allow_empty_file=True,
        max_length=255,
        error_messages={"required": "Choose the signed request that your vendor gave you."},
    )


class CreateForm(UploadForm):
    terms = forms.BooleanField(
        label="I have read and agree to these terms and conditions.",
        error_messages={"required": "Tick the box to go on; nothing is made without it."},
    )
