"""Every page of the staff, tried as whoever is not staff: the addresses are the URLconf's own."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.urls.converters import IntConverter, UUIDConverter

from onboarding.models import Customer, User

# For everyone: the way in and out, and what their pages need. They lead to the portal's own.
OPEN = {"login", "logout"}
ARGUMENTS = {
    "object_id": "00000000-0000-4000-8000-000000000000",
    "content_type_id": "1",
    "app_label": "onboarding",
    "url": "nothing",
    "id": "1",
    "name": "approve",
    "form": "csv",
}
KEYS: dict[type[object], object] = {IntConverter: 1, UUIDConverter: UUID(int=1)}


def pages(site: AdminSite) -> Iterator[tuple[str, dict[str, object]]]:
    """Name and arguments of each page that has a name."""
    yield from _pages(site.get_urls())


def _pages(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, dict[str, object]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _pages(pattern.url_patterns)
        elif pattern.name and pattern.name not in OPEN:
            names = pattern.pattern.regex.groupindex
            yield pattern.name, {name: _argument(pattern, name) for name in names}


def _argument(pattern: URLPattern, name: str) -> object:
    converter = pattern.pattern.converters.get(name)
    if type(converter) in KEYS:
        return KEYS[type(converter)]
    assert name in ARGUMENTS, f"{pattern.name} takes {name}: give a value for it in ARGUMENTS."
    return ARGUMENTS[name]


PAGES = sorted(pages(admin.site), key=lambda page: page[0])


def test_there_are_staff_pages() -> None:
    assert len(PAGES) > 30


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_of_the_staff_lets_anyone_else_in(
    method: str, client: Client, ada: User, eve: User, acme: Customer
) -> None:
    as_ada, as_eve = Client(), Client()
    as_ada.force_login(ada)
    as_eve.force_login(eve)

    let_in = [
        (name, answer.status_code)
        for name, arguments in PAGES
        for person in (client, as_ada, as_eve)
        for answer in [getattr(person, method)(reverse(f"admin:{name}", kwargs=arguments))]
        if not _is_refused(answer.status_code, answer.get("Location", ""))
    ]

    assert let_in == []


def _is_refused(status: int, location: str) -> bool:
    return status in {403, 404} or (status == 302 and "login" in location)
