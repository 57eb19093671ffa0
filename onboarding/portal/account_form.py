"""The Apple Account and a second address: asked for, and questioned where they are likely wrong."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from onboarding import errors, lifecycle
from onboarding.language import told
from onboarding.lifecycle import Actor
from onboarding.models import Customer, Draft, PushCertificate
from onboarding.portal import apple, preferences
from onboarding.portal.door import SignedInRequest

# Where people, and not organisations, have their mail.
_PERSONAL_DOMAINS = """
    aol.com arcor.de att.net bluewin.ch btinternet.com comcast.net email.com fastmail.com
    free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com
    hotmail.com hotmail.de hotmail.fr hotmail.co.uk hushmail.com icloud.com laposte.net libero.it
    live.com live.de mac.com mail.com mail.de mail.ru mailbox.org me.com msn.com online.de
    orange.fr outlook.com outlook.de pm.me posteo.de posteo.net proton.me protonmail.com qq.com
    rocketmail.com sky.com t-online.de tuta.com tutanota.com verizon.net virgilio.it wanadoo.fr
    web.de yahoo.co.uk yahoo.com yahoo.de yandex.com yandex.ru ymail.com zoho.com 163.com
"""
# What stands before the @ of an address that a team shares.
_SHARED_NAMES = """
    admin administrator admins apple appleid apns certificates certs client clients contact
    desktop device devices digital edv endpoint endpoints help helpdesk hello hostmaster info
    infra infrastructure intune ios it itadmin ithelp itsupport itservice jamf mac macadmin
    macadmins mail mdm mdmadmin mobile mobility noc office ops operations postmaster push security
    service servicedesk services support sysadmin system systems team tech technik uem webmaster
    workplace zentrale
"""
_PERSONAL = frozenset(_PERSONAL_DOMAINS.split())
_SHARED = frozenset(_SHARED_NAMES.split())


def warning(address: str, *, people: set[str]) -> Promise | None:
    """Why this Apple Account is likely a mistake; `people` are the customer's, in lower case."""
    name, _, domain = address.lower().rpartition("@")
    if domain in _PERSONAL:
        return gettext_lazy(
            "Addresses at %(domain)s belong to persons. When this one leaves, nobody can renew, and"
            " every device has to be enrolled again. Use an address of your organisation that"
            " several people can read."
        )
    if address.lower() in people or _is_persons(name):
        return gettext_lazy(
            "This looks like one person’s address. When that person leaves, nobody can renew, and"
            " every device has to be enrolled again. Use one that several people can read, such as"
            " mdm@%(domain)s."
        )
    return None


def _is_persons(name: str) -> bool:
    """Such as anna.schmidt or a.schmidt; nothing that names a task or a team."""
    words = [word for word in re.split(r"[._\-+0-9]+", name) if word]
    if _SHARED.intersection(words):
        return False
    return len(words) in (2, 3) and all(word.isalpha() for word in words)


class AppleAccountForm(forms.Form):
    """A likely mistake is said once; sent again with `keep` on that address, it is taken."""

    apple_account = forms.EmailField(
        label=gettext_lazy("Apple Account"),
        max_length=254,
        widget=forms.EmailInput({"data-draft": True}),
        help_text=gettext_lazy("The e-mail address that you sign in with at Apple."),
    )
    second_contact = forms.EmailField(
        label=gettext_lazy("A second address, for mails (optional)"),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"data-draft": True}),
        help_text=gettext_lazy(
            "Told of everything, too: so that one full mailbox or one leave does not end push."
        ),
    )

    def __init__(
        self,
        data: object = None,
        *,
        owner: Customer,
        initial: dict[str, str],
        renews: PushCertificate | None = None,
    ) -> None:
        # Any mapping of what was posted.
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        self._owner, self._renews = owner, renews
        # The address that the warning above the buttons is about.
        self.doubtful = ""

    @classmethod
    def of(
        cls,
        request: SignedInRequest,
        owner: Customer,
        *,
        renews: PushCertificate | None = None,
        draft: Draft | None = None,
    ) -> "AppleAccountForm":
        typed = draft.apple_account if draft else ""
        return cls(
            request.POST if request.method == "POST" else None,
            owner=owner,
            renews=renews,
            initial={
                "apple_account": typed or apple.account(owner, renews),
                "second_contact": draft.second_contact if draft else "",
            },
        )

    @property
    def typed(self) -> dict[str, str]:
        """What stands in the fields, as it was typed, for a draft."""
        return {name: str(self[name].value() or "")[:254] for name in self.fields}

    @property
    def contacts(self) -> list[str]:
        """Who is told already, so that nobody needs to be named."""
        return [one.email for one in self._owner.contacts.order_by("email")]

    @property
    def status(self) -> int:
        return 422 if self.is_bound else 200

    def clean_apple_account(self) -> str:
        address: str = self.cleaned_data["apple_account"]
        made_with = self._renews.apple_account if self._renews else ""
        if made_with and address.lower() != made_with.lower():
            raise ValidationError(
                gettext(
                    "The certificate to be renewed was made with %(account)s, and only that account"
                    " can renew it. If Apple moved it to another account, or it was noted wrongly,"
                    " tell your vendor."
                )
                % {"account": made_with}
            )
        kept = self.data.get("keep", "").lower() == address.lower()
        known = address.lower() in {self._owner.apple_account.lower(), made_with.lower()}
        people = set(self._owner.memberships.values_list("user__email", flat=True))
        doubt = warning(address, people={one.lower() for one in people})
        if doubt and not kept and not known:
            self.doubtful = address
            raise ValidationError(str(doubt) % {"domain": address.rpartition("@")[2]})
        return address

    def clean_second_contact(self) -> str:
        contact: str = self.cleaned_data.get("second_contact", "")
        if contact and contact.lower() == self.cleaned_data.get("apple_account", "").lower():
            raise ValidationError(
                gettext("This is the Apple Account itself. Give another address, or none.")
            )
        return contact

    def save(self, owner: Customer, *, by: Actor) -> bool:
        """False, with the reason beside the field, where the second address cannot be taken."""
        lifecycle.set_apple_account(owner, apple_account=self.cleaned_data["apple_account"], by=by)
        contact = self.cleaned_data["second_contact"]
        # Who is told already stays so.
        if not contact or owner.contacts.filter(email__iexact=contact).exists():
            return True
        try:
            lifecycle.add_contact(
                owner,
                email=contact,
                name="",
                language=preferences.current(),
                wants_reminders=True,
                by=by,
            )
        except errors.InvalidContact as error:
            self.add_error("second_contact", told(error))
            return False
        return True
