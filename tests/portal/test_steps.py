"""The way to a CSR in steps: chosen, typed, left, and gone on with by somebody else."""

import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding.models import (
    CSR,
    Approval,
    Contact,
    Customer,
    Draft,
    Event,
    Membership,
    PushCertificate,
    User,
)
from onboarding.pki import csr as pki_csr
from onboarding.portal import pace
from tests.portal.test_uploads import CSR_PEM, KEY_PEM


def page(name: str, customer: Customer, renews: PushCertificate | None = None) -> str:
    address = reverse(f"portal:{name}", args=[customer.pk])
    return f"{address}?renews={renews.pk}" if renews else address


@pytest.fixture
def unnoted(acme: Customer) -> Customer:
    """Acme before anybody said which Apple Account it has."""
    Customer.objects.update(apple_account="")
    acme.refresh_from_db()
    return acme


def test_the_choice_leads_to_the_account_and_then_to_the_csr(
    as_ada: Client, unnoted: Customer
) -> None:
    chosen = as_ada.post(page("csr_start", unnoted), {"way": "uploaded"})
    noted = as_ada.post(page("csr_account", unnoted), {"apple_account": "push@acme.example"})

    assert chosen["Location"] == page("csr_account", unnoted)
    assert noted["Location"] == page("csr_upload", unnoted)


def test_a_known_account_is_not_asked_for_again(as_ada: Client, acme: Customer) -> None:
    answer = as_ada.post(page("csr_start", acme), {"way": "made_here"})

    assert answer["Location"] == page("csr_create", acme)


def test_a_colleague_goes_on_where_somebody_stopped(
    as_ada: Client, acme: Customer, bob: User, client_of: Callable[[User], Client]
) -> None:
    as_ada.post(page("csr_start", acme), {"way": "uploaded"})
    as_ada.post(page("csr_upload", acme), {"pasted": CSR_PEM, "back": "yes"})
    Membership.objects.filter(user=bob).update(role=Membership.Role.ADMIN)
    as_bob = client_of(bob)

    start = as_bob.get(page("csr_start", acme)).content.decode()
    upload = as_bob.get(page("csr_upload", acme))

    assert "Ada began this" in start
    assert upload.context["form"]["pasted"].value() == CSR_PEM


def test_going_back_loses_nothing_that_was_typed(as_ada: Client, acme: Customer) -> None:
    back = as_ada.post(page("csr_create", acme), {"email": "not yet an addr", "back": "yes"})

    again = as_ada.get(page("csr_create", acme))

    assert back["Location"] == page("csr_account", acme)
    assert again.context["form"]["email"].value() == "not yet an addr"
    assert not CSR.objects.exists()


def test_an_account_that_is_refused_is_kept_for_later(as_ada: Client, unnoted: Customer) -> None:
    as_ada.post(
        page("csr_account", unnoted), {"apple_account": "nobody", "second_contact": "b@acme"}
    )

    form = as_ada.get(page("csr_account", unnoted)).context["form"]

    assert (form["apple_account"].value(), form["second_contact"].value()) == ("nobody", "b@acme")


def test_a_draft_keeps_no_secret(as_ada: Client, acme: Customer) -> None:
    as_ada.post(page("csr_upload", acme), {"pasted": KEY_PEM, "back": "yes"})
    as_ada.post(page("csr_upload", acme), {"pasted": "password: hunter2", "back": "yes"})

    assert not Draft.objects.exclude(pasted="").exists()


def test_a_csr_ends_its_draft_and_no_other(
    as_ada: Client, acme: Customer, active: PushCertificate
) -> None:
    as_ada.post(page("csr_start", acme), {"way": "made_here"})
    as_ada.post(page("csr_start", acme, active), {"way": "uploaded"})

    as_ada.post(page("csr_create", acme), {"email": "it@acme.example"})

    assert Draft.objects.get().renews == active


@pytest.mark.parametrize(
    ("address", "is_doubtful"),
    [
        ("push@acme.example", False),
        ("mdm-team@acme.example", False),
        ("it.support@acme.example", False),
        ("apple@acme.example", False),
        ("someone@gmail.com", True),
        ("push@ICLOUD.com", True),
        ("mdm@gmx.de", True),
        ("anna.schmidt@acme.example", True),
        ("a.schmidt@acme.example", True),
        ("ada@acme.example", True),
    ],
)
def test_a_likely_mistake_is_told_once(
    address: str, *, is_doubtful: bool, as_ada: Client, unnoted: Customer
) -> None:
    typed = {"apple_account": address}

    first = as_ada.post(page("csr_account", unnoted), typed)
    second = as_ada.post(page("csr_account", unnoted), {**typed, "keep": address})

    assert first.status_code == (422 if is_doubtful else 302)
    assert second.status_code == 302
    unnoted.refresh_from_db()
    assert unnoted.apple_account == address


def test_enter_saves_and_keeps_no_doubtful_address(as_ada: Client, unnoted: Customer) -> None:
    for address in (page("csr_account", unnoted), page("apple_account", unnoted)):
        form = as_ada.post(address, {"apple_account": "b@gmx.de"}).content.decode()

        # Enter in a field presses the first button of its form.
        buttons = re.findall(r'<button class="btn[^>]*>', form)
        assert [button for button in buttons if 'name="keep"' in button] == [buttons[1]]


def test_saying_yes_to_one_address_is_no_yes_to_another(as_ada: Client, unnoted: Customer) -> None:
    answer = as_ada.post(
        page("csr_account", unnoted), {"apple_account": "b@gmx.de", "keep": "a@gmx.de"}
    )

    assert answer.status_code == 422


def test_the_second_address_is_told_from_then_on(as_ada: Client, unnoted: Customer) -> None:
    typed = {"apple_account": "push@acme.example", "second_contact": "desk@acme.example"}

    for _ in range(2):
        as_ada.post(page("csr_account", unnoted), typed)

    assert [one.email for one in unnoted.contacts.all()] == ["desk@acme.example"]
    assert Event.objects.filter(verb="add_contact").count() == 1


def test_a_second_address_too_many_is_told_beside_its_field(
    as_ada: Client, unnoted: Customer
) -> None:
    Contact.objects.bulk_create(
        Contact(customer=unnoted, email=f"{number}@acme.example") for number in range(20)
    )

    answer = as_ada.post(
        page("csr_account", unnoted),
        {"apple_account": "push@acme.example", "second_contact": "desk@acme.example"},
    )

    assert answer.status_code == 422
    assert "20 contacts already" in str(answer.context["form"].errors["second_contact"])


def test_a_renewal_goes_on_the_way_that_was_chosen_for_it(
    as_ada: Client, acme: Customer, active: PushCertificate
) -> None:
    as_ada.post(page("csr_start", acme, active), {"way": "uploaded"})

    asked = as_ada.get(reverse("portal:renew", args=[active.pk]))["Location"]
    answer = as_ada.post(asked, {"apple_account": active.apple_account})

    assert answer["Location"] == page("csr_upload", acme, active)


def test_a_renewal_stays_with_the_account_of_its_certificate(
    as_ada: Client, acme: Customer, active: PushCertificate
) -> None:
    answer = as_ada.post(page("csr_account", acme, active), {"apple_account": "other@acme.example"})

    assert answer.status_code == 422
    assert "made with push@acme.example" in answer.content.decode()


def test_without_an_account_there_is_no_way_to_apple(
    as_ada: Client, as_bob: Client, signed: CSR
) -> None:
    Customer.objects.update(apple_account="")
    file = reverse("portal:signed_request", args=[signed.pk])

    shown = as_ada.get(signed.get_absolute_url()).content.decode()
    sent = as_ada.get(file)
    refused = as_bob.get(file)

    assert "first note the Apple Account" in shown
    assert sent["Location"] == f"/customers/{signed.customer_id}/apple-account?csr={signed.pk}"
    assert (refused.status_code, "notes it first" in refused.content.decode()) == (409, True)


def test_the_account_noted_on_the_way_leads_back_to_the_csr(as_ada: Client, signed: CSR) -> None:
    Customer.objects.update(apple_account="")
    address = reverse("portal:apple_account", args=[signed.customer_id])

    answer = as_ada.post(f"{address}?csr={signed.pk}", {"apple_account": "push@acme.example"})

    assert answer["Location"] == signed.get_absolute_url()


def test_a_colleague_sees_who_went_to_apple(as_ada: Client, as_bob: Client, signed: CSR) -> None:
    file = reverse("portal:signed_request", args=[signed.pk])
    for client in (as_bob, as_ada, as_ada):
        client.get(file)

    seen = as_bob.get(signed.get_absolute_url()).content.decode()

    taken = Event.objects.filter(verb="download_signed_request").order_by("pk")
    assert [(one.actor_name[:3], one.facts["may_act"]) for one in taken] == [
        ("Bob", False),
        ("Ada", True),
        ("Ada", True),
    ]
    assert "Ada downloaded the signed request" in seen


def test_nobody_can_say_how_long_when_nothing_was_approved(as_ada: Client, submitted: CSR) -> None:
    cache.clear()

    shown = as_ada.get(submitted.get_absolute_url()).content.decode()

    assert "Nobody can say yet" in shown


def test_one_length_is_not_told_twice(
    as_ada: Client, submitted: CSR, monkeypatch: pytest.MonkeyPatch
) -> None:
    even = pace.of([timedelta(seconds=one) for one in range(10, 20)])
    monkeypatch.setattr(pace, "current", lambda: even)

    shown = as_ada.get(submitted.get_absolute_url()).content.decode()

    assert "nine of ten were approved within 1 minute" in shown
    assert "half were" not in shown


def test_only_without_javascript_the_page_is_to_be_loaded_again(
    as_ada: Client, submitted: CSR
) -> None:
    shown = as_ada.get(submitted.get_absolute_url()).content.decode()

    assert "load it again" in shown.split("<noscript>", 1)[1].split("</noscript>", 1)[0]
    assert "load it again" not in re.sub(r"<noscript>.*?</noscript>", "", shown, flags=re.DOTALL)


def test_in_german_the_portal_and_its_article_are_one_word(
    as_ada: Client, signed: CSR, ada: User
) -> None:
    User.objects.update(language="de")

    shown = as_ada.get(signed.get_absolute_url()).content.decode()

    assert "vom Portal" in shown
    assert "von dem Portal" not in shown


def test_how_long_it_takes_is_told_by_what_it_took() -> None:
    hours = [timedelta(hours=one) for one in (9, 1, 2, 3, 4, 5, 6, 7, 8, 70)]

    found = pace.of(hours)

    assert found == pace.Pace(10, usual=timedelta(hours=5), long=timedelta(hours=9))
    assert pace.of(hours[: pace.FEWEST - 1]) is None


def test_the_wait_is_counted_to_the_last_approval(approved: CSR, sue: User) -> None:
    came = approved.events.get(verb="submit").at
    Approval.objects.update(given_at=came + timedelta(hours=1))
    Approval.objects.create(csr=approved, staff=sue, given_at=came + timedelta(hours=2))

    assert pace._waits() == [timedelta(hours=2)]


@pytest.mark.parametrize(
    "name",
    ["Acme", "Acme & $(false) 'GmbH' / \"Co\" + \\", 'Müller & Söhne "IT" AG', "Łódź Żeglarze"],
)
def test_the_openssl_line_of_the_page_makes_a_csr_that_fits(
    name: str, as_ada: Client, acme: Customer, tmp_path: Path
) -> None:
    Customer.objects.update(name=name)
    shown = unescape(as_ada.get(page("csr_upload", acme)).content.decode())
    line = re.search(r"openssl req -new.*?(?=</code>)", shown, re.DOTALL)
    assert line

    subprocess.run(["sh", "-c", line[0]], cwd=tmp_path, check=True, capture_output=True)

    parsed = pki_csr.verify(pki_csr.parse((tmp_path / "push.csr").read_bytes()).der)
    assert (parsed.subject.organization, parsed.subject.country) == (name, "DE")
    assert parsed.subject.email == acme.apple_account


def test_the_openssl_line_of_a_renewal_writes_over_no_key(
    as_ada: Client, active: PushCertificate, tmp_path: Path
) -> None:
    (tmp_path / "push.key").write_text("the one in use")
    address = f"{page('csr_upload', active.customer)}?renews={active.pk}"
    as_ada.post(as_ada.get(address)["Location"], {"apple_account": active.apple_account})
    shown = unescape(as_ada.get(address).content.decode())
    line = re.search(r"openssl req -new.*?(?=</code>)", shown, re.DOTALL)
    assert line

    subprocess.run(["sh", "-c", line[0]], cwd=tmp_path, check=True, capture_output=True)

    today = f"push-{timezone.now():%Y-%m-%d}"
    assert {one.name for one in tmp_path.iterdir()} >= {f"{today}.key", f"{today}.csr"}
    assert (tmp_path / "push.key").read_text() == "the one in use"
    assert f"-private-key {today}.key -out {today}.csr" in shown


def test_a_first_csr_says_the_apple_account_where_it_is_known(
    as_ada: Client, acme: Customer, ada: User
) -> None:
    known = as_ada.get(page("csr_create", acme)).context["form"]["email"].value()
    Customer.objects.update(apple_account="")
    unknown = as_ada.get(page("csr_create", acme)).context["form"]["email"].value()

    assert (known, unknown) == (acme.apple_account, ada.email)


def test_the_mdmctl_lines_ask_for_the_passphrase_and_name_none(
    as_ada: Client, acme: Customer, tmp_path: Path
) -> None:
    shown = unescape(as_ada.get(page("csr_upload", acme)).content.decode())
    lines = re.findall(r"<code>([^<]*mdmctl .*?)</code>", shown, re.DOTALL)
    told = tmp_path / "mdmctl"
    told.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    told.chmod(0o755)

    for line in lines:
        said = subprocess.run(
            ["bash", "-c", line],
            input=r"cor\rect $horse" + "\n",
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
            check=True,
            capture_output=True,
            text=True,
        )
        assert r"-password=cor\rect $horse" in said.stdout.splitlines()
    assert len(lines) == 2
