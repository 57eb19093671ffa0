"""What a person types or sends; what is wrong is said beside its field, and nothing is lost."""

from collections.abc import Callable
from uuid import UUID, uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext, gettext_lazy

from onboarding import errors
from onboarding.language import told
from onboarding.models import Customer
from onboarding.pki import kinds
from onboarding.pki.names import Subject

FILE, TEXT = "upload", "pasted"


class UploadForm(forms.Form):
    """One file, or its text. `content` is what came, `der` what `take` made of it.

    `belongs_to` is the customer's own CSR that a refused upload is of, where that is known.
    """

    upload = forms.FileField(
        label=gettext_lazy("File"), required=False, allow_empty_file=True, max_length=None
    )
    pasted = forms.CharField(
        label=gettext_lazy("Or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}
        ),
    )
    content = b""
    der = b""
    belongs_to: UUID | None = None
    _is_down = False

    def __init__(
        self,
        data: QueryDict | None = None,
        files: "MultiValueDict[str, UploadedFile[bytes]] | None" = None,
        *,
        take: Callable[[bytes], bytes],
        pasted: str = "",
    ) -> None:
        super().__init__(data, files, initial={TEXT: pasted})
        self._take = take

    def clean(self) -> None:
        upload, pasted = self.cleaned_data.get(FILE), self.cleaned_data.get(TEXT, "")
        self._forget_secrets()
        if upload and pasted.strip():
            self.add_error(TEXT, gettext("Give either a file or its text. There is both here."))
        elif upload:
            # The handler kept no more than one byte over the limit.
            self._read(upload.read())
        elif pasted.strip():
            self._read(pasted.encode())
        else:
            self.add_error(FILE, gettext("Choose a file, or paste its text below."))

    @property
    def status(self) -> int:
        """What the page with this form answers: it is no fault of theirs when we cannot keep it."""
        return 503 if self._is_down else _status(self)

    def refuse(self, error: errors.PortalError) -> None:
        """Say `error` beside the field that was used."""
        self._is_down = isinstance(error, errors.StorageUnavailable)
        belongs_to = error.values.get("belongs_to")
        self.belongs_to = belongs_to if isinstance(belongs_to, UUID) else None
        upload, sentence = self.files.get(FILE), told(error)
        if isinstance(upload, UploadedFile):
            named = gettext("“%(file)s”: %(sentence)s")
            self.add_error(FILE, named % {"file": upload.name, "sentence": sentence})
        else:
            self.add_error(TEXT, sentence)

    def _read(self, content: bytes) -> None:
        try:
            self.der = self._take(content)
        except errors.PortalError as error:
            self.refuse(error)
        else:
            self.content = content

    def _forget_secrets(self) -> None:
        """Take out a pasted private key, so that it is not written into the page again."""
        pasted = self.data.get(TEXT) or ""
        if kinds.recognise(pasted.encode()) in kinds.SECRET or "PRIVATE KEY" in pasted.upper():
            self.data = {**self.data, TEXT: ""}


class SubjectForm(forms.Form):
    """The e-mail address is all that the customer's record leaves open."""

    # The CSR's id from when the form was shown: a form that is sent twice asks for one CSR.
    csr = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)
    email = forms.EmailField(
        label=gettext_lazy("E-mail address in the CSR"),
        max_length=255,
        widget=forms.EmailInput({"data-draft": True}),
        help_text=gettext_lazy(
            "A shared address lasts longer than a person's. Devices never see it."
        ),
    )

    def __init__(self, data: QueryDict | None = None, *, customer: Customer, email: str) -> None:
        super().__init__(data, initial={"email": email})
        self._customer = customer

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        try:
            # Now, and not in the worker, who could tell nobody.
            self._subject(email).as_name()
        except errors.InvalidCSR as error:
            raise forms.ValidationError(
                gettext(
                    "This address has letters that do not fit into a CSR. Use one of plain ASCII."
                )
            ) from error
        return email

    @property
    def status(self) -> int:
        """What the page with this form answers."""
        return _status(self)

    @property
    def subject(self) -> Subject:
        return self._subject(self.cleaned_data["email"])

    def _subject(self, email: str) -> Subject:
        return Subject(
            common_name=self._customer.name,
            organization=self._customer.name,
            country=self._customer.country,
            email=email,
        )


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound else 200
