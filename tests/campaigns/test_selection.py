"""Which certificates are chosen, and who of them is left out and why."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from onboarding import campaigns
from onboarding.campaigns import Key, Selection
from onboarding.models import (
    CSR,
    CampaignRow,
    Contact,
    Customer,
    Mail,
    Membership,
    PushCertificate,
    User,
)
from tests.campaigns.conftest import At
from tests.reports.conftest import DAY, NOW, REVOKED, Issue

LeftOut = CampaignRow.LeftOut
State = PushCertificate.State


def chosen(**selection: Any) -> set[str]:
    """Names of the customers. Any: a Selection's fields."""
    rows = Selection(**selection).certificates()
    return set(rows.values_list("customer__name", flat=True))


def why(certificate: PushCertificate) -> str:
    rows = campaigns.judged(PushCertificate.objects.filter(pk=certificate.pk), now=NOW)
    return str(rows.values_list("left_out", flat=True).get())


def test_days_are_whole_and_both_included(at: At) -> None:
    for name, end in (
        ("Before", datetime(2027, 11, 30, 23, 59, 59, tzinfo=UTC)),
        ("First", datetime(2027, 12, 1, tzinfo=UTC)),
        ("Last", datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("After", datetime(2028, 1, 1, tzinfo=UTC)),
    ):
        at(name, not_after=end)

    first, last = date(2027, 12, 1), date(2027, 12, 31)

    assert chosen(ends_from=first, ends_until=last) == {"First", "Last"}
    assert chosen(ends_from=first) == {"First", "Last", "After"}
    assert chosen(ends_until=last) == {"Before", "First", "Last"}
    assert len(chosen()) == 4


def test_by_the_customers_name(at: At) -> None:
    at("Acme North")
    at("Globex")

    assert chosen(customer="acme") == {"Acme North"}


def test_by_the_domain_of_the_apple_account_of_certificate_or_customer(at: At) -> None:
    at("Own", apple_account="push@mdm.example")
    at("Customers")
    at("Other", apple_account="push@other.example")
    at("Sub", apple_account="push@sub-mdm.example")
    Customer.objects.filter(name__in=["Customers", "Other"]).update(apple_account="a@MDM.example")

    assert chosen(account_domain="mdm.example") == {"Own", "Customers"}


def test_by_where_the_key_is(at: At, active: PushCertificate) -> None:
    at("Imported")
    uploaded = at("Uploaded")
    csr = CSR.objects.create(
        customer=uploaded.customer,
        state="withdrawn",
        state_since=NOW,
        origin="uploaded",
        requested_by=active.csr.requested_by,
        requested_at=NOW,
    )
    PushCertificate.objects.filter(pk=uploaded.pk).update(csr=csr)

    assert chosen(key=Key.HERE) == {"Acme"}
    assert chosen(key=Key.ELSEWHERE) == {"Imported", "Uploaded"}
    assert len(chosen()) == 3


def test_only_what_is_not_renewed_or_revoked_unless_all_is_wanted(at: At) -> None:
    at("Renewed", state=State.SUPERSEDED)
    at("Revoked", **REVOKED)
    at("Active")

    assert chosen() == {"Active"}
    assert chosen(only_active=False) == {"Active", "Renewed", "Revoked"}


def test_what_is_chosen_by_hand_is_all(at: At) -> None:
    one = at("One", **REVOKED)
    at("Two")

    assert chosen(chosen=(one.pk,)) == {"One"}


def test_it_goes_to_json_and_comes_back() -> None:
    whole = Selection(
        ends_from=date(2027, 1, 2),
        ends_until=date(2027, 2, 3),
        customer="a",
        account_domain="b.example",
        key=Key.HERE,
        only_active=False,
        chosen=(uuid4(),),
    )

    assert Selection.of_json(whole.as_json()) == whole
    assert Selection.of_json(Selection().as_json()) == Selection()
    assert Selection.of_json({}) == Selection()


def test_it_is_said_in_words() -> None:
    whole = Selection(ends_until=date(2027, 2, 3), customer="a", key=Key.ELSEWHERE)

    assert whole.sentences() == [
        "end on 2027-02-03 or before",
        "the customer’s name contains “a”",
        "the push key is kept elsewhere",
        "not renewed or revoked yet",
    ]
    assert Selection(chosen=(uuid4(),)).sentences() == ["1 certificate chosen from the list"]
    assert Selection(only_active=False).sentences() == ["all certificates"]


def test_who_is_told_is_reached(at: At, ada: User) -> None:
    by_contact, by_member = at("Contact"), at("Member")
    by_member.customer.contacts.all().delete()
    Membership.objects.create(user=ada, customer=by_member.customer, role="reader")

    assert (why(by_contact), why(by_member)) == ("", "")


def test_what_is_not_active_is_left_out(at: At) -> None:
    assert why(at("Acme", **REVOKED)) == LeftOut.REVOKED
    assert why(at("Globex", state=State.SUPERSEDED)) == LeftOut.RENEWED


def test_a_closed_customer_is_left_out(at: At) -> None:
    certificate = at()
    Customer.objects.update(closed_at=NOW)

    assert why(certificate) == LeftOut.CLOSED


def test_a_renewal_under_way_is_left_out_and_one_that_ended_is_not(at: At, ada: User) -> None:
    certificate = at("Globex")
    csr = CSR.objects.create(
        customer=certificate.customer,
        renews=certificate,
        state="requested",
        state_since=NOW,
        origin="made_here",
        requested_by=ada,
        requested_at=NOW,
    )

    under_way = why(certificate)
    CSR.objects.filter(pk=csr.pk).update(state="withdrawn")

    assert (under_way, why(certificate)) == (LeftOut.UNDER_WAY, "")


def test_where_nobody_wants_mails_is_left_out(at: At, ada: User) -> None:
    certificate = at("Globex")
    member = Membership.objects.create(user=ada, customer=certificate.customer, role="admin")
    Contact.objects.update(wants_reminders=False)

    reached = why(certificate)
    Membership.objects.filter(pk=member.pk).update(wants_reminders=False)
    unwanted = why(certificate)
    Membership.objects.filter(pk=member.pk).update(wants_reminders=True)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert (reached, unwanted, why(certificate)) == ("", LeftOut.UNREACHED, LeftOut.UNREACHED)


def test_who_had_a_mail_of_staff_within_a_day_is_left_out(at: At) -> None:
    certificate = at()
    mail = Mail.objects.create(
        kind="renewal", push_certificate=certificate, recipient="a@b.example", queued_at=NOW
    )

    Mail.objects.filter(pk=mail.pk).update(queued_at=NOW - DAY)
    after_a_day = why(certificate)
    Mail.objects.filter(pk=mail.pk).update(queued_at=NOW - DAY / 2)
    recent = why(certificate)
    Mail.objects.filter(pk=mail.pk).update(kind="reminder")

    assert (after_a_day, recent, why(certificate)) == ("", LeftOut.RECENT, "")


def test_the_order_goes_on_behind_a_certificate_of_the_same_end(
    issue: Issue, acme: Customer
) -> None:
    made = [issue(acme, NOW + days * DAY) for days in (2, 1, 1, 1, 3)]
    wanted = [one.pk for one in sorted(made, key=lambda one: (one.not_after, one.pk.hex))]
    found, last = [], None

    while page := list(PushCertificate.objects.by_end(after=last)[:2]):
        found += [one.pk for one in page]
        last = (page[-1].not_after, page[-1].pk)

    assert found == wanted
