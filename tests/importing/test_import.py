"""From the CSV to customers: the dry run changes nothing, twice changes nothing more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from onboarding import errors, lifecycle, storage, store, tasks
from onboarding.importing import judging
from onboarding.lifecycle import Actor, taking_in
from onboarding.models import (
    CSR,
    Customer,
    CustomerImport,
    Event,
    ImportRow,
    Membership,
    PushCertificate,
    SeenKey,
    Topic,
    User,
)
from onboarding.pki import push_certificate as pki
from tests.importing.runs import CSV, actions, begun, carried_out, judged
from tests.importing.test_folder import KEY, zipped


def test_who_waits_to_write_has_a_turn_after_each_row(
    sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    monkeypatch.setattr("onboarding.importing.turns.time.sleep", rests.append)

    judged(CSV + "Acme;DE;;;\nGlobex;DE;;;\n", {}, sam)

    # Others write beside each other.
    assert len(rests) == (2 if connection.vendor == "sqlite" else 0)
    assert all(0 < rest <= 0.1 for rest in rests)


def test_a_dry_run_tells_and_changes_nothing(old: Callable[..., bytes], sam: User) -> None:
    (row,) = judged(f"{CSV}Initech;FR;push@initech.example;;a.pem\n", {"a.pem": old()}, sam)

    assert row.action == "create"
    assert "com.apple.mgmt" in row.sentence
    assert not Customer.objects.exists()
    assert not PushCertificate.objects.exists()


def test_it_says_which_customers_have_nobody_who_can_renew(
    acme: Customer, ada: User, globex: Customer, sam: User
) -> None:
    text = f"{CSV}Initech;FR;;;\nAcme;;;it@acme.example;\nGlobex;;;;\n"

    dry = judged(text, {}, sam)
    report = storage.get(carried_out(text, {}, sam).report).decode()

    told = "Nobody can sign in for it and renew: invite somebody on its page."
    assert [told in row.sentence for row in dry] == [True, False, True]
    assert [told in line for line in report.splitlines()[1:]] == [True, False, True]


def test_a_customer_comes_with_its_certificate(old: Callable[..., bytes], sam: User) -> None:
    started = carried_out(
        f"{CSV}Initech;FR;push@initech.example;it@initech.example,x@initech.example;a.pem\n",
        {"a.pem": old()},
        sam,
    )

    certificate = PushCertificate.objects.get()
    assert started.state == CustomerImport.State.DONE
    assert actions(started) == ["create"]
    assert certificate.is_imported
    assert certificate.state == PushCertificate.State.ACTIVE
    assert certificate.apple_account == "push@initech.example"
    assert Topic.objects.get(pk=certificate.topic).customer == certificate.customer
    assert certificate.customer.contacts.count() == 2
    assert Event.objects.get(verb="take_certificate").actor == sam
    assert b"Initech" in storage.get(started.report)
    bench = store.Bench.current(now=certificate.activated_at)
    assert not [one for page, _ in store.pages(bench) for one in page.findings]


def test_twice_changes_nothing(old: Callable[..., bytes], sam: User) -> None:
    text, files = f"{CSV}Initech;FR;;it@initech.example;a.pem\n", {"a.pem": old()}
    carried_out(text, files, sam)
    before = Event.objects.filter(customer__isnull=False).count()

    again = carried_out(text, files, sam)

    assert actions(again) == ["skip"]
    assert Event.objects.filter(customer__isnull=False).count() == before
    assert PushCertificate.objects.count() == Customer.objects.count() == 1


def test_a_second_row_of_a_customer_brings_another_certificate(
    old: Callable[..., bytes], sam: User
) -> None:
    files = {"a.pem": old(0), "b.pem": old(1)}

    started = carried_out(f"{CSV}Initech;FR;;;a.pem\ninitech;;;;b.pem\n", files, sam)

    assert actions(started) == ["create", "update"]
    assert Customer.objects.get().push_certificates.count() == 2


def test_an_expired_certificate_is_taken_in_as_what_it_is(
    old: Callable[..., bytes], sam: User
) -> None:
    der = old()
    with time_machine.travel(timezone_after(der), tick=False):
        started = carried_out(f"{CSV}Initech;FR;;;a.pem\n", {"a.pem": der}, sam)
        certificate = PushCertificate.objects.get()

        assert actions(started) == ["create"]
        assert certificate.is_expired(certificate.activated_at)


def timezone_after(der: bytes) -> datetime:
    return pki.parse(der).not_after + timedelta(days=3)


def test_a_look_alike_is_refused(old: Callable[..., bytes], sam: User) -> None:
    (row,) = judged(f"{CSV}Initech;FR;;;a.pem\n", {"a.pem": old(look_alike=True)}, sam)

    assert (row.action, row.column) == ("refuse", "certificate")
    assert "look-alike" in row.sentence


def test_an_older_certificate_of_the_topic_is_superseded(
    old: Callable[..., bytes], sam: User
) -> None:
    newer = old(0)
    parsed = pki.parse(newer)
    older = old(1, topic=parsed.topic, not_after=parsed.not_after - timedelta(days=30))

    carried_out(
        f"{CSV}Initech;FR;;;a.pem\nInitech;;;;b.pem\n", {"a.pem": newer, "b.pem": older}, sam
    )

    states = PushCertificate.objects.order_by("-not_after").values_list("state", flat=True)
    assert list(states) == ["active", "superseded"]


def test_a_topic_never_moves(old: Callable[..., bytes], sam: User) -> None:
    first = old(0)
    second = old(1, topic=pki.parse(first).topic)
    rows = judged(
        f"{CSV}Initech;FR;;;a.pem\nHooli;US;;;b.pem\n", {"a.pem": first, "b.pem": second}, sam
    )

    assert [row.action for row in rows] == ["create", "refuse"]
    assert "another customer’s in line 2" in rows[1].sentence


def test_what_is_in_hand_here_is_not_taken_in(
    active: PushCertificate, globex: Customer, sam: User
) -> None:
    der = bytes(active.der)
    rows = judged(f"{CSV}Globex;;;;a.pem\nAcme;;;;a.pem\n", {"a.pem": der}, sam)

    assert [row.action for row in rows] == ["refuse", "skip"]


def test_a_key_of_others_is_refused(old: Callable[..., bytes], globex: Customer, sam: User) -> None:
    der = old()
    key = pki.parse(der).public_key_sha256
    SeenKey.objects.create(public_key_sha256=key, customer=globex)

    (row,) = judged(f"{CSV}Initech;FR;;;a.pem\n", {"a.pem": der}, sam)

    assert (row.action, row.column) == ("refuse", "certificate")


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (";DE;;;", "name"),
        (f"{'x' * 65};DE;;;", "name"),
        ("Initech;;;;", "country"),
        ("Initech;France;;;", "country"),
        ("Initech;FR;nobody;;", "apple_account"),
        ("Initech;FR;;it@initech.example nobody;", "contacts"),
        ("Initech;FR;;;gone.pem", "certificate"),
        ("Acme;US;;;", "country"),
        ("acme;;other@acme.example;;", "apple_account"),
    ],
)
def test_a_refusal_names_line_and_column(acme: Customer, sam: User, line: str, column: str) -> None:
    (row,) = judged(f"{CSV}{line}\n", {}, sam)

    assert (row.line, row.action, row.column) == (2, "refuse", column)
    assert row.sentence


def test_what_is_known_is_filled_and_never_overwritten(acme: Customer, sam: User) -> None:
    Customer.objects.update(apple_account="")

    carried_out(f"{CSV}ACME;;new@acme.example;it@acme.example;\n", {}, sam)

    acme.refresh_from_db()
    assert (acme.name, acme.apple_account) == ("Acme", "new@acme.example")
    assert acme.contacts.get().email == "it@acme.example"


def test_a_closed_customer_takes_nothing(acme: Customer, sam: User) -> None:
    lifecycle.close_customer(acme, name="Acme", reason="Left.", by=Actor.of(sam))

    (row,) = judged(f"{CSV}Acme;;;x@acme.example;\n", {}, sam)

    assert "closed" in row.sentence


def test_it_goes_on_where_it_was_killed(
    sam: User, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CSV + "".join(f"Firm {number};DE;;;\n" for number in range(5))
    monkeypatch.setattr("onboarding.tasks.imports.TURN_SECONDS", -1.0)
    started = begun(text, {}, sam)

    turns = 0
    while CustomerImport.objects.get().state == CustomerImport.State.JUDGING:
        tasks.import_customers(started.pk)
        turns += 1

    assert turns == 6
    assert not started.rows.filter(action="").exists()


def test_a_row_that_nobody_foresaw_stops_no_other(
    sam: User, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = judging.judge

    def fails(row: ImportRow) -> judging.Judgement:
        if row.line == 2:
            raise ZeroDivisionError
        return real(row)

    monkeypatch.setattr("onboarding.importing.turns.judge", fails)

    rows = judged(f"{CSV}A;DE;;;\nB;DE;;;\n", {}, sam)

    assert [row.action for row in rows] == ["refuse", "create"]


def test_an_import_is_carried_out_once(sam: User, db: None) -> None:
    started = carried_out(f"{CSV}A;DE;;;\n", {}, sam)

    with pytest.raises(errors.WrongState):
        lifecycle.carry_out_import(started, by=Actor.of(sam))


def test_what_is_called_off_takes_nothing_in(sam: User, db: None) -> None:
    started = begun(f"{CSV}A;DE;;;\n", {}, sam)
    lifecycle.call_off_import(started, by=Actor.of(sam))

    tasks.import_customers(started.pk)

    assert not Customer.objects.exists()
    with pytest.raises(errors.WrongState):
        lifecycle.carry_out_import(started, by=Actor.of(sam))


def test_staff_import_by_the_pages(
    staff_client: Client, old: Callable[..., bytes], sam: User
) -> None:
    files = zipped(**{"a.pem": old(), "a.key": KEY})
    staff_client.post(
        reverse("admin:onboarding_customerimport_add"),
        {
            "table": SimpleUploadedFile("a.csv", f"{CSV}=Initech;FR;;;a.pem\n".encode()),
            "archive": SimpleUploadedFile("a.zip", files),
        },
    )
    started = CustomerImport.objects.get()
    tasks.import_customers(started.pk)
    page = reverse("admin:onboarding_customerimport_change", args=[started.pk])

    shown = staff_client.get(page).content.decode()
    staff_client.post(reverse("admin:onboarding_customerimport_carry", args=[started.pk]))
    tasks.import_customers(started.pk)
    report = staff_client.get(reverse("admin:onboarding_customerimport_report", args=[started.pk]))

    assert "a.key: It holds a private key" in shown
    assert "MIIBsecret" not in shown
    assert "'=Initech" in report.content.decode()
    assert Customer.objects.get().name == "=Initech"


def test_a_csv_that_cannot_be_read_is_told_beside_the_form(staff_client: Client) -> None:
    answer = staff_client.post(
        reverse("admin:onboarding_customerimport_add"),
        {"table": SimpleUploadedFile("a.csv", b"Land\nDE\n")},
    )

    assert answer.status_code == 422
    assert "no column" in answer.content.decode()


def test_the_command_does_the_same(tmp_path: Path, old: Callable[..., bytes], db: None) -> None:
    csv = tmp_path / "a.csv"
    csv.write_text(f"{CSV}Initech;FR;;;a.pem\n;;;;\nHooli;;;;\n")
    (tmp_path / "a.pem").write_bytes(old())
    told = StringIO()

    with pytest.raises(CommandError, match="no terminal"):
        call_command("import_customers", str(csv), str(tmp_path), stdout=told)
    assert not Customer.objects.exists()
    call_command("import_customers", str(csv), str(tmp_path), yes=True, stdout=told)

    assert "Line 2: CREATE." in told.getvalue()
    assert "Line 4 (Country): REFUSE." in told.getvalue()
    assert Customer.objects.get().push_certificates.count() == 1


def test_a_reader_of_nothing_here_imports_nothing(ada: User, acme: Customer) -> None:
    by = Actor.of(ada)
    assert Membership.objects.exists()
    for refused in (
        lambda: lifecycle.begin_import(name="a", rows=[], remarks=[], by=by),
        lambda: taking_in.take_customer(
            name="A", country="DE", apple_account="", contacts=[], by=by
        ),
        lambda: taking_in.fill_customer(acme, apple_account="", contacts=[], by=by),
        lambda: taking_in.take_certificate(acme, der=b"", apple_account="", by=by),
    ):
        with pytest.raises(errors.NotAllowed):
            refused()
    assert not CSR.objects.exists()
