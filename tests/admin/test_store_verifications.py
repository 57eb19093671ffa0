"""Comparisons of database and storage: shown to staff, with what they found, never changed."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding.models import StoreVerification, User
from tests.admin.conftest import Clients
from tests.admin.pages import page

LIST = "admin:onboarding_storeverification_changelist"


@pytest.fixture
def staff(client_of: Clients, sam: User) -> Client:
    sam.user_permissions.add(Permission.objects.get(codename="view_storeverification"))
    return client_of(User.objects.get(pk=sam.pk))


def made(**columns: object) -> StoreVerification:
    now = timezone.now()
    columns = {"started_at": now - timedelta(minutes=5), "finished_at": now, **columns}
    return StoreVerification.objects.create(**columns)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "No difference"),
        ({"finished_at": None}, "Under way"),
        ({"differences": 1}, "1 difference"),
        ({"differences": 1234, "finished_at": None}, "1,234 differences"),
    ],
)
def test_the_list_says_what_came_of_each(
    staff: Client, columns: dict[str, object], words: str
) -> None:
    made(**columns)

    answer = staff.get(reverse(LIST))

    assert answer.status_code == 200
    assert f">{words}</span>" in answer.content.decode()


def test_each_finding_is_read_as_a_sentence_and_harms_nobody(staff: Client) -> None:
    row = made(
        checked={"signed requests": 12345},
        findings=["The file uploads/ab is missing.", "CSR 1 of <script>Acme</script> has changed."],
        differences=400,
    )

    text = staff.get(page(row)).content.decode()

    assert "The file uploads/ab is missing." in text
    assert "&lt;script&gt;Acme&lt;/script&gt;" in text
    assert "12,345</span> signed requests" in text
    assert "398 more" in text


def test_nobody_changes_a_comparison(client_of: Clients, root: User) -> None:
    row = made()
    client = client_of(root)

    assert client.post(page(row), {"differences": 5}).status_code == 403
    assert client.post(page(row).replace("/change/", "/delete/")).status_code == 403
    assert StoreVerification.objects.get().differences == 0
