"""Sam and the auditor Tom as they are in life, and certificates at will."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.test import Client

from onboarding.models import Customer, PushCertificate, User
from tests.admin.conftest import groups, sam, tom

__all__ = ["groups", "sam", "tom"]

NOW = datetime(2027, 11, 24, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
# What a certificate's row holds once it was revoked.
REVOKED = {"state": "revoked", "revoked_at": NOW, "revocation_reason": "Its key was lost."}
Issue = Callable[..., PushCertificate]
_numbers = count(1)


@pytest.fixture
def issue(db: None) -> Issue:
    """An imported certificate that ends at `end`. Any: its columns."""

    def issued(customer: Customer, end: datetime, **columns: Any) -> PushCertificate:
        number = next(_numbers)
        begin = end - 365 * DAY
        return PushCertificate.objects.create(
            **{
                "customer": customer,
                "topic": f"com.apple.mgmt.External.{number}",
                "serial": f"{number:016X}",
                "not_before": begin,
                "not_after": end,
                "fingerprint_sha256": f"{number:064x}",
                "der": b"x",
                "activated_at": begin,
                **columns,
            }
        )

    return issued


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """Who signed in NOW: a session of today would be over by then."""

    def signed_in(user: User) -> Client:
        client = Client()
        with time_machine.travel(NOW, tick=False):
            client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def staff_client(client_of: Callable[[User], Client], sam: User) -> Client:
    return client_of(sam)
