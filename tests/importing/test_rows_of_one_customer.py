"""Rows of one customer are compared with each other, and counted for what became of them."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from onboarding import lifecycle, tasks
from onboarding.lifecycle import Actor
from onboarding.models import Customer, PushCertificate, Topic, User
from onboarding.pki import push_certificate as pki
from tests.importing.runs import CSV, actions, begun, carried_out, judged


@pytest.mark.parametrize(
    ("first", "second", "action", "sentence"),
    [
        ("DE;;", "US;;", "refuse", "The country is DE in line 2 and US in the file."),
        ("DE;a@x.example;", ";b@x.example;", "refuse", "is a@x.example in line 2 and b@x"),
        ("DE;;", "de;;", "skip", "Twin is in line 2 already; nothing is new."),
        ("DE;a@x.example;c@x.example", ";A@x.example;C@x.example", "skip", "nothing is new."),
        ("DE;;", ";a@x.example;", "update", "New for Twin: the Apple Account a@x.example."),
        ("DE;;", ";;c@x.example", "update", "New for Twin: the contact c@x.example."),
    ],
)
def test_they_become_what_the_dry_run_said(
    sam: User, first: str, second: str, action: str, sentence: str
) -> None:
    text = f"{CSV}Twin;{first};\nTwin;{second};\n"
    _, forecast = judged(text, {}, sam)

    carried = carried_out(text, {}, sam)

    assert forecast.action == action
    assert sentence in forecast.sentence
    assert actions(carried) == ["create", action]


def test_they_are_compared_with_those_that_fill_a_customer_of_before(
    sam: User, globex: Customer
) -> None:
    Customer.objects.filter(pk=globex.pk).update(apple_account="")
    text = f"{CSV}Globex;;a@x.example;;\nGlobex;;b@x.example;;\nGlobex;;a@x.example;;\n"
    forecast = [row.action for row in judged(text, {}, sam)]

    carried = carried_out(text, {}, sam)

    assert forecast == actions(carried) == ["update", "refuse", "skip"]


def test_they_may_bring_one_certificate_twice(old: Callable[..., bytes], sam: User) -> None:
    text = f"{CSV}Twin;DE;;;a.pem\nTwin;;;;b.pem\nTwin;;;;a.pem\n"
    files = {"a.pem": old(), "b.pem": old(1)}
    forecast = [row.action for row in judged(text, files, sam)]

    carried = carried_out(text, files, sam)

    assert forecast == actions(carried) == ["create", "update", "skip"]
    assert PushCertificate.objects.count() == 2


def test_they_have_the_country_of_the_first_ones_certificate(
    old: Callable[..., bytes], sam: User
) -> None:
    text = f"{CSV}Twin;;;;a.pem\nTwin;XK;;;\n"

    _, row = judged(text, {"a.pem": old()}, sam)

    assert (row.action, row.column) == ("refuse", "country")
    assert "in line 2 and XK in the file." in row.sentence


def test_they_do_not_count_on_one_that_was_refused_in_the_end(
    old: Callable[..., bytes], sam: User, globex: Customer
) -> None:
    certificate = old()
    started = begun(f"{CSV}Twin;DE;;;a.pem\nTwin;DE;;;\n", {"a.pem": certificate}, sam)
    tasks.import_customers(started.pk)
    forecast = list(started.rows.order_by("line").values_list("action", flat=True))
    Topic.objects.create(name=pki.parse(certificate).topic, customer=globex)
    lifecycle.carry_out_import(started, by=Actor.of(sam))

    tasks.import_customers(started.pk)

    assert forecast == ["create", "skip"]
    assert actions(started) == ["refuse", "create"]


def test_they_count_on_the_page_for_what_became_of_them(staff_client: Client, sam: User) -> None:
    started = begun(f"{CSV}Twin;DE;;;\nOther;DE;;;\n", {}, sam)
    tasks.import_customers(started.pk)
    page = reverse("admin:onboarding_customerimport_change", args=[started.pk])
    before = staff_client.get(page).content.decode()
    Customer.objects.create(name="Other", country="US")
    lifecycle.carry_out_import(started, by=Actor.of(sam))
    tasks.import_customers(started.pk)

    after = staff_client.get(page).content.decode()
    refused = staff_client.get(f"{page}?action=refuse").content.decode()

    for counted in ("Create: 2", "Refuse: 0", "What would happen to each row"):
        assert counted in before
    for counted in ("Create: 1", "Refuse: 1", "What became of each row"):
        assert counted in after
    assert "The country is US here and DE in the file." in refused
    assert "Twin" not in refused
