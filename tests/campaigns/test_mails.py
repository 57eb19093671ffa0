"""The mail of a campaign: a reminder's facts, with the vendor's words as the vendor's."""

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from onboarding import lifecycle, outbox
from onboarding.lifecycle import Actor
from onboarding.mail_tags import quoted
from onboarding.models import Contact, Mail, Membership, User
from tests.campaigns.conftest import At, Prepare
from tests.reports.conftest import NOW

WORDS = "Apple's portal is <slow> in May & June.\n\nPlease renew early."


@pytest.fixture(autouse=True)
def named(settings: Settings) -> None:
    settings.VENDOR_NAME = "Example MDM"


def written(prepare: Prepare, sam: User, text: str) -> EmailMultiAlternatives:
    with time_machine.travel(NOW, tick=False):
        campaign = prepare(text)
        lifecycle.start_campaign(campaign, by=Actor.of(sam))
        lifecycle.mail_campaign(campaign, now=NOW, by=Actor.worker())
        return outbox.compose(Mail.objects.get(kind="renewal"))


def test_it_has_the_vendors_words_as_quoted_text_and_escaped_html(
    at: At, prepare: Prepare, sam: User, ada: User
) -> None:
    certificate = at()
    Membership.objects.create(
        user=ada,
        customer=certificate.customer,
        role=Membership.Role.ADMIN,
        wants_reminders=False,
    )

    message = written(prepare, sam, WORDS)

    body, html = str(message.body), str(message.alternatives[0][0])
    assert str(message.subject).startswith("Acme: the push certificate ends on 24 December 2027")
    assert (
        "A word from Example MDM:\n\n> Apple's portal is <slow> in May & June.\n>\n> Please" in body
    )
    assert "Apple&#x27;s portal is &lt;slow&gt; in May &amp; June." in html
    for text in (body, html):
        assert certificate.topic in text
        assert f"/certificates/{certificate.pk}/renew" in text
        assert "Sent at the wish of Example MDM, beside the reminders." in text


def test_without_words_nobody_writes_anything(at: At, prepare: Prepare, sam: User) -> None:
    at()

    message = written(prepare, sam, "")

    for text in (str(message.body), str(message.alternatives[0][0])):
        assert "A word from" not in text
        assert "<blockquote" not in text
    assert "\n\n\n" not in str(message.body)


def test_it_is_german_for_who_reads_german(at: At, prepare: Prepare, sam: User) -> None:
    at()
    Contact.objects.update(language="de")

    message = written(prepare, sam, WORDS)

    for text in (str(message.body), str(message.alternatives[0][0])):
        assert "Ein Wort von Example MDM:" in text
        assert "Auf Wunsch von Example MDM gesendet" in text


def test_one_click_ends_reminders_and_campaigns(at: At, prepare: Prepare, sam: User) -> None:
    at()

    message = written(prepare, sam, WORDS)

    stop = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in str(message.body)
    assert stop in str(message.alternatives[0][0])


def test_a_long_line_is_wrapped_and_an_address_is_kept_whole() -> None:
    address = "https://portal.example/" + "a" * 80

    lines = quoted(f"{'word ' * 30}\n{address}").split("\n")

    assert all(line.startswith("> ") for line in lines)
    assert max(len(line) for line in lines[:-1]) <= 74
    assert lines[-1] == f"> {address}"
