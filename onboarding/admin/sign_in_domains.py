"""The domains of a sign-in service, and whom of the staff they would lock out."""

from collections.abc import Collection

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from unfold.forms import PaginationInlineFormSet

from onboarding.admin.page import Rows
from onboarding.models import SignInDomain, User

# So many are named; the others are counted.
_NAMED = 3


class _Domains(PaginationInlineFormSet):  # type: ignore[misc]  # Unfold publishes no types.
    def clean(self) -> None:
        super().clean()
        if self.instance.is_for_staff or not self.instance.is_active:
            return
        locked_out = _staff_of(self._chosen())
        if locked_out:
            raise ValidationError(_refusal(locked_out))

    def _chosen(self) -> set[str]:
        kept = (row for row in self.forms if not self._should_delete_form(row))
        return {row.cleaned_data["name"] for row in kept if row.cleaned_data.get("name")}


class DomainRows(Rows):
    model = SignInDomain
    formset = _Domains


def _staff_of(domains: Collection[str]) -> list[str]:
    """Addresses of staff who would get in by nothing but the service of these domains."""
    passkeys = Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN)
    people = User.objects.filter(is_staff=True, is_active=True).exclude(
        is_superuser=True, pk__in=passkeys.values("user_id")
    )
    addresses = people.order_by("email").values_list("email", flat=True)
    return [one for one in addresses if one.rpartition("@")[2].lower() in domains]


def _refusal(locked_out: list[str]) -> str:
    named, more = ", ".join(locked_out[:_NAMED]), len(locked_out) - _NAMED
    return (
        f"This would lock out {len(locked_out)} of the vendor’s staff: {named}"
        f"{f' and {more} more' if more > 0 else ''}. People of these domains sign in with the"
        " service alone, and it is not allowed to sign in staff. Tick “signs in vendor staff”, or"
        " leave out their domain. Only a superuser with a passkey would still get in."
    )
