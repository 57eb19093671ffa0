"""What became of each certificate after its mail was written."""

from collections.abc import Callable

import pytest

from onboarding import campaigns
from onboarding.models import CSR, Campaign, CampaignRow, Customer, Draft, PushCertificate, User
from tests.campaigns.conftest import At, Prepare
from tests.reports.conftest import DAY, NOW, REVOKED

Row = Callable[..., CampaignRow]


@pytest.fixture
def row(at: At, prepare: Prepare) -> Row:
    """A certificate that was mailed NOW, or left out."""

    def made(left_out: str = "") -> CampaignRow:
        return CampaignRow.objects.create(
            campaign=prepare(), push_certificate=at("Globex"), at=NOW, left_out=left_out
        )

    return made


def reaction(row: CampaignRow) -> str:
    found = campaigns.followed(CampaignRow.objects.filter(pk=row.pk))
    return str(found.values_list("reaction", flat=True).get())


def csr(row: CampaignRow, ada: User, *, days: int, state: str = "withdrawn") -> CSR:
    """A renewal of the row's certificate, asked for so many days after its mail."""
    return CSR.objects.create(
        customer=row.push_certificate.customer,
        renews=row.push_certificate,
        state=state,
        state_since=NOW + days * DAY,
        origin="made_here",
        requested_by=ada,
        requested_at=NOW + days * DAY,
    )


def test_nothing_yet(row: Row) -> None:
    assert reaction(row()) == "not_yet"


def test_a_csr_after_the_mail_is_a_reaction_and_one_before_is_not(row: Row, ada: User) -> None:
    mailed = row()
    csr(mailed, ada, days=-1)
    before = reaction(mailed)

    csr(mailed, ada, days=1)

    assert (before, reaction(mailed)) == ("not_yet", "begun")


def test_so_is_the_first_step_of_a_renewal(row: Row, ada: User) -> None:
    mailed = row()
    draft = Draft.objects.create(
        customer=mailed.push_certificate.customer,
        renews=mailed.push_certificate,
        changed_by=ada,
        changed_at=NOW - DAY,
    )
    before = reaction(mailed)

    Draft.objects.filter(pk=draft.pk).update(changed_at=NOW + DAY)

    assert (before, reaction(mailed)) == ("not_yet", "begun")


def test_renewed_is_renewed_with_a_csr_too(row: Row, ada: User) -> None:
    mailed = row()
    csr(mailed, ada, days=1)

    PushCertificate.objects.update(state="superseded")

    assert reaction(mailed) == "renewed"


def test_revoked_or_closed_since_is_gone(row: Row) -> None:
    mailed = row()
    Customer.objects.update(closed_at=NOW)
    closed = reaction(mailed)
    Customer.objects.update(closed_at=None)

    PushCertificate.objects.update(**REVOKED)

    assert (closed, reaction(mailed)) == ("gone", "gone")


def test_who_was_left_out_is_not_followed(row: Row) -> None:
    left_out = row("recent")

    assert not campaigns.followed(CampaignRow.objects.filter(pk=left_out.pk)).exists()
    assert Campaign.objects.count() == 1
