"""How staff choose the certificates of a campaign, and what they write."""

from datetime import UTC, date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from onboarding.campaigns import Key, Selection
from onboarding.long_text import LongTextField
from onboarding.models import Campaign

# What a new campaign begins with: those that end soon.
_AHEAD_DAYS = 60
_TEXT_AT_MOST = 2000
_PLAIN = {"class": "plain-field"}


class TextForm(forms.Form):
    """Of a campaign whose certificates were chosen in the list."""

    title = forms.CharField(
        max_length=100,
        help_text="For colleagues; customers do not see it.",
        widget=forms.TextInput(_PLAIN),
        error_messages={"required": "Give it a title: colleagues find it by that."},
    )
    text = LongTextField(
        label="Your words in the mail",
        required=False,
        max_length=_TEXT_AT_MOST,
        strip=True,
        help_text="A paragraph or two, plain, as each customer reads it: it is quoted as what you"
        " write. May stay empty; the mail says what ends, when, and how to renew it.",
        widget=forms.Textarea({"rows": 6, "class": "plain-field"}),
    )

    def selection(self, before: Selection) -> Selection:
        """What is chosen; `before` is what was."""
        return before


class CampaignForm(TextForm):
    within_days = forms.IntegerField(
        label="Ends within so many days",
        required=False,
        min_value=1,
        max_value=3660,
        help_text="From today on. Or leave this empty, and give the days themselves:",
        widget=forms.NumberInput(_PLAIN),
    )
    ends_from = forms.DateField(
        label="Ends on this day or later",
        required=False,
        widget=forms.DateInput({"type": "date", "class": "plain-field"}, format="%Y-%m-%d"),
    )
    ends_until = forms.DateField(
        label="Ends on this day or before",
        required=False,
        help_text="Days in UTC, both included.",
        widget=forms.DateInput({"type": "date", "class": "plain-field"}, format="%Y-%m-%d"),
    )
    customer = forms.CharField(
        label="Customer’s name contains",
        required=False,
        max_length=64,
        widget=forms.TextInput(_PLAIN),
    )
    account_domain = forms.CharField(
        label="Apple Account is at the domain",
        required=False,
        max_length=253,
        help_text="As in example.com.",
        widget=forms.TextInput(_PLAIN),
    )
    key = forms.ChoiceField(
        label="Push key",
        required=False,
        choices=[
            (Key.ANYWHERE.value, "kept here or elsewhere"),
            (Key.HERE.value, "kept here: made by the portal"),
            (Key.ELSEWHERE.value, "kept elsewhere: CSR uploaded, or certificate imported"),
        ],
        widget=forms.Select(_PLAIN),
    )
    only_active = forms.BooleanField(
        label="Only certificates that are not renewed or revoked yet",
        required=False,
        help_text="Renewed and revoked ones get no mail in any case; without this they are listed.",
    )

    field_order = [
        "title",
        "within_days",
        "ends_from",
        "ends_until",
        "customer",
        "account_domain",
        "key",
        "only_active",
        "text",
    ]

    def clean_account_domain(self) -> str:
        return str(self.cleaned_data["account_domain"]).strip().removeprefix("@").lower()

    def clean(self) -> dict[str, Any]:
        """Any: what a form holds."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        begin, end = found.get("ends_from"), found.get("ends_until")
        if found.get("within_days") and (begin or end):
            self.add_error("within_days", "Give a number of days, or the days: not both.")
        if begin and end and begin > end:
            self.add_error("ends_until", "This day is before the first one.")
        return found

    def selection(self, before: Selection) -> Selection:
        found = self.cleaned_data
        begin, end = found["ends_from"], found["ends_until"]
        if found["within_days"]:
            begin = _today()
            end = begin + timedelta(days=found["within_days"])
        return Selection(
            ends_from=begin,
            ends_until=end,
            customer=found["customer"],
            account_domain=found["account_domain"],
            key=Key(found["key"]),
            only_active=found["only_active"],
        )


def fresh() -> CampaignForm:
    """For a new campaign."""
    return CampaignForm(initial={"within_days": _AHEAD_DAYS, "only_active": True})


def of(campaign: Campaign) -> TextForm:
    """As the campaign is now."""
    chosen = Selection.of_json(campaign.selection)
    words = {"title": campaign.title, "text": campaign.text}
    if chosen.chosen:
        return TextForm(initial=words)
    columns = ("ends_from", "ends_until", "customer", "account_domain", "key", "only_active")
    return CampaignForm(initial={**words, **{name: getattr(chosen, name) for name in columns}})


def sent(campaign: Campaign, data: Any) -> TextForm:
    """What was typed for this campaign. Any: Django's QueryDict."""
    return type(of(campaign))(data)


def _today() -> date:
    return timezone.now().astimezone(UTC).date()
