"""The chart of certificates by the week of their end, and the list that it leads to."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from onboarding.models import (
    PushCertificate,
    User,
)
from tests.admin.rows import a_certificate, a_csr


def test_certificates_are_drawn_in_the_week_of_their_end(
    staff_client: Client, active: PushCertificate, ada: User
) -> None:
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    PushCertificate.objects.update(not_after=now + timedelta(days=300))
    midnight = now.replace(hour=0)
    ends = [now, now + timedelta(seconds=1), midnight + timedelta(days=7), midnight]
    certificates = [a_certificate(active.customer, end) for end in ends]
    a_csr(active.customer, ada, "submitted", since=now, renews=certificates[2])

    with time_machine.travel(now, tick=False):
        over, first, second, *others, later = staff_client.get("/admin/").context["bars"]

    assert (over.number, first.number, second.number) == ("2", "1", "1")
    assert (over.renewing, first.renewing, second.renewing) == ("0", "0", "1")
    assert {bar.number for bar in others} == {"0"}
    assert len(others) == 11
    assert (later.title, later.distance, later.number) == ("Later", "from 25 Feb on", "1")
    assert (over.title, first.title, second.title) == (
        "Ended, not renewed",
        "26 Nov – 2 Dec",
        "3 Dec – 9 Dec",
    )
    assert (over.width, second.width, second.renewing_width) == ("1000", "500", "500")


def test_the_chart_is_a_table_without_scripts_and_styles_of_its_own(
    staff_client: Client, active: PushCertificate
) -> None:
    chart = staff_client.get("/admin/").content.decode().partition('class="weeks"')[2]
    chart = chart.partition("</table>")[0]

    assert chart.count('scope="row"') == 15
    assert "style=" not in chart
    assert "<script" not in chart


def test_what_ends_later_is_counted_no_further_than_its_list(
    staff_client: Client, active: PushCertificate, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onboarding.admin.listing.BoundedPaginator.most", 2)
    now = timezone.now()
    for days in (200, 300, 400):
        certificate = a_certificate(active.customer, now + timedelta(days=days))
        a_csr(active.customer, ada, "submitted", since=now, renews=certificate)

    shown = staff_client.get("/admin/")

    later = shown.context["bars"][-1]
    assert (later.number, later.renewing) == ("2+", "2+")
    assert ">2+</a>" in shown.content.decode()
    assert 'aria-label="2+ certificates, Later"' in shown.content.decode()


@pytest.mark.parametrize("week", ["nothing", "2026-13-01", ""])
def test_a_week_that_is_none_is_told_and_shows_all(
    staff_client: Client, active: PushCertificate, week: str
) -> None:
    address = f"/admin/onboarding/pushcertificate/?week={week}"

    answer = staff_client.get(address, follow=True)

    assert answer.context["cl"].result_count == 1
    assert ("that this list does not know" in answer.content.decode()) == bool(week)
