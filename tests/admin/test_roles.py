"""Who of the vendor's staff may do what: a table of role × action, made from the code.

A new page, a new action of a list or a new verb fails here until it has its row.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from onboarding import errors, lifecycle
from onboarding.campaigns import Selection
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Alarm,
    Attachment,
    Campaign,
    CustomerImport,
    Export,
    Mail,
    Membership,
    Phrase,
    PushCertificate,
    Question,
    Reminder,
    SignInQuestion,
    StandingApproval,
    StandingUse,
    TopicChange,
    User,
)
from onboarding.pki.names import Subject
from onboarding.roles import APPROVER, AUDITOR, OPERATOR, ROLES, SUPPORT
from tests.admin.conftest import Clients, member
from tests.custody.parts import exported

ALL = {APPROVER, OPERATOR, SUPPORT, AUDITOR}
NOBODY: set[str] = set()

# Name of the address -> who gets in. Of the nouns' own pages see NOUNS.
PAGES: Mapping[str, set[str]] = {
    "index": ALL,
    "jsi18n": ALL,
    "password_change": ALL,
    "password_change_done": ALL,
    "logout": ALL,
    "view_on_site": ALL,
    "autocomplete": ALL,
    "app_list": ALL,
    "search": ALL,
    "toggle_sidebar": ALL,
    "auth_user_password_change": NOBODY,
    "onboarding_alarm_close": {OPERATOR},
    "onboarding_attachment_file": ALL,
    "onboarding_campaign_drop": {OPERATOR, SUPPORT},
    "onboarding_campaign_edit": {OPERATOR, SUPPORT},
    "onboarding_campaign_start": {OPERATOR, SUPPORT},
    "onboarding_campaign_stop": {OPERATOR, SUPPORT},
    "onboarding_customer_attach": {APPROVER, OPERATOR, SUPPORT},
    "onboarding_customer_close": {OPERATOR},
    "onboarding_customer_note": {APPROVER, OPERATOR, SUPPORT},
    "onboarding_customer_reopen": {OPERATOR},
    "onboarding_pushcertificate_remind": {OPERATOR, SUPPORT},
    "onboarding_pushcertificate_revoke": {OPERATOR},
    "onboarding_report_index": ALL,
    "onboarding_report_customers": ALL,
    "onboarding_report_customers_csv": ALL,
    "onboarding_report_months": ALL,
    "onboarding_report_months_csv": ALL,
    "onboarding_customerimport_carry": {OPERATOR},
    "onboarding_customerimport_stop": {OPERATOR},
    "onboarding_customerimport_report": ALL,
    "onboarding_csr_decide/approve": {APPROVER},
    "onboarding_csr_decide/reject": {APPROVER},
    "onboarding_csr_decide/withdraw": {APPROVER, OPERATOR},
    "onboarding_csr_decide/ask": {APPROVER},
    "onboarding_csr_decide/take-back": {APPROVER},
    "onboarding_standingapproval_of_customer": ALL,
    "onboarding_standinguse_look": {APPROVER},
    "onboarding_topicchange_allow": {APPROVER},
    "onboarding_topicchange_decline": {APPROVER},
    "onboarding_topicchange_take_back": {APPROVER},
    "onboarding_csr_file": ALL,
    "onboarding_customer_invite": {OPERATOR, SUPPORT},
    "onboarding_invitation_resend": {OPERATOR, SUPPORT},
    "onboarding_invitation_withdraw": {OPERATOR, SUPPORT},
    "onboarding_csr_delete_key": {OPERATOR},
    "onboarding_user_reset": {OPERATOR},
    "onboarding_event_export": {OPERATOR, AUDITOR},
}
# Pages that Django makes for each noun -> who gets in: list and page, add, change, delete.
NOUNS: Mapping[str, tuple[set[str], set[str], set[str]]] = {
    "alarm": (NOBODY, NOBODY, NOBODY),
    "applecertificate": (NOBODY, NOBODY, NOBODY),
    "audithead": (NOBODY, NOBODY, NOBODY),
    "auditverification": (NOBODY, NOBODY, NOBODY),
    "campaign": ({OPERATOR, SUPPORT}, NOBODY, NOBODY),
    "csr": (NOBODY, NOBODY, NOBODY),
    "customer": ({OPERATOR}, {OPERATOR}, {OPERATOR}),
    "customerimport": ({OPERATOR}, NOBODY, NOBODY),
    "event": (NOBODY, NOBODY, NOBODY),
    "export": (NOBODY, NOBODY, NOBODY),
    "invitation": (NOBODY, NOBODY, NOBODY),
    "mail": (NOBODY, NOBODY, NOBODY),
    "topicchange": (NOBODY, NOBODY, NOBODY),
    "phrase": ({APPROVER}, {APPROVER}, {APPROVER}),
    "standingapproval": (NOBODY, NOBODY, NOBODY),
    "standinguse": (NOBODY, NOBODY, NOBODY),
    "pushcertificate": (NOBODY, NOBODY, NOBODY),
    "reminder": (NOBODY, NOBODY, NOBODY),
    "signinquestion": (NOBODY, NOBODY, NOBODY),
    "storeverification": (NOBODY, NOBODY, NOBODY),
    "user": ({OPERATOR}, {OPERATOR}, NOBODY),
    "vendorcertificate": (NOBODY, NOBODY, NOBODY),
}
# Django's own, for superusers alone.
FOR_SUPERUSERS = {"group", "signinservice"}
# Noun -> action of its list -> who is offered it.
ACTIONS: Mapping[str, Mapping[str, set[str]]] = {
    "csr": {
        "approve_selected": {APPROVER},
        "ask_selected": {APPROVER},
        "reject_selected": {APPROVER},
    },
    "mail": {"put_aside": {OPERATOR}, "send_again": {OPERATOR}},
    "pushcertificate": {"campaign_selected": {OPERATOR, SUPPORT}},
    "standinguse": {"mark_reviewed": {APPROVER}},
}

Ground = Mapping[str, Any]
Act = Callable[[Ground, Actor], object]
SUBJECT = Subject(common_name="By staff", country="DE")
# Verb -> which roles it takes, and a call. Any: what a verb refuses before it looks at it.
NOTHING: Any = None
READER = Membership.Role.READER
VERBS: Mapping[str, tuple[set[str], Act]] = {
    "accept": (NOBODY, lambda on, by: lifecycle.accept(on["invitation"], link=1, by=by)),
    "activate": (
        {OPERATOR},
        lambda on, by: lifecycle.activate(on["csr"], der=b"", upload="", by=by),
    ),
    "add_contact": (
        {OPERATOR},
        lambda on, by: lifecycle.add_contact(
            on["customer"],
            email="new@acme.example",
            name="",
            language="",
            wants_reminders=True,
            by=by,
        ),
    ),
    "allow_topic_change": (
        {APPROVER},
        lambda on, by: lifecycle.allow_topic_change(on["topicchange"], reason="Meant.", by=by),
    ),
    "decline_topic_change": (
        {APPROVER},
        lambda on, by: lifecycle.decline_topic_change(on["topicchange"], reason="No.", by=by),
    ),
    "ask": (NOBODY, lambda _, by: lifecycle.ask([], now=timezone.now(), by=by)),
    "ask_again": (NOBODY, lambda _, by: lifecycle.ask_again([], now=timezone.now(), by=by)),
    "change_campaign": (
        {OPERATOR, SUPPORT},
        lambda on, by: lifecycle.change_campaign(
            on["campaign"], title="a", selection=Selection(), text="", by=by
        ),
    ),
    "drop_campaign": (
        {OPERATOR, SUPPORT},
        lambda on, by: lifecycle.drop_campaign(on["campaign"], by=by),
    ),
    "end_campaign": (NOBODY, lambda on, by: lifecycle.end_campaign(on["campaign"], by=by)),
    "mail_campaign": (
        NOBODY,
        lambda on, by: lifecycle.mail_campaign(on["campaign"], now=timezone.now(), by=by),
    ),
    "prepare_campaign": (
        {OPERATOR, SUPPORT},
        lambda _, by: lifecycle.prepare_campaign(title="a", selection=Selection(), text="", by=by),
    ),
    "start_campaign": (
        {OPERATOR, SUPPORT},
        lambda on, by: lifecycle.start_campaign(on["campaign"], by=by),
    ),
    "stop_campaign": (
        {OPERATOR, SUPPORT},
        lambda on, by: lifecycle.stop_campaign(on["campaign"], by=by),
    ),
    "change_contact": (
        {OPERATOR},
        lambda on, by: lifecycle.change_contact(
            on["contact"],
            email="other@acme.example",
            name="",
            language="",
            wants_reminders=True,
            by=by,
        ),
    ),
    "choose_readers": (
        {OPERATOR},
        lambda on, by: lifecycle.choose_readers(on["customer"], members=[], contacts=[], by=by),
    ),
    "close_calendar": (
        {OPERATOR},
        lambda on, by: lifecycle.close_calendar(on["customer"], by=by),
    ),
    "finish_reminder_day": (
        NOBODY,
        lambda _, by: lifecycle.finish_reminder_day(timezone.now(), reminded=0, by=by),
    ),
    "keep_draft": (
        {OPERATOR},
        lambda on, by: lifecycle.keep_draft(on["customer"], renews=None, by=by),
    ),
    "note_topic_change": (
        {OPERATOR},
        lambda on, by: lifecycle.note_topic_change(on["csr"], der=b"", by=by),
    ),
    "open_calendar": (
        {OPERATOR},
        lambda on, by: lifecycle.open_calendar(
            on["customer"], secret_sha256="0" * 64, language="en", by=by
        ),
    ),
    "remind_now": (
        {OPERATOR, SUPPORT},
        lambda on, by: lifecycle.remind_now(on["certificate"], by=by),
    ),
    "report_taken": (ALL, lambda _, by: lifecycle.report_taken("customers", by=by)),
    "remind": (NOBODY, lambda _, by: lifecycle.remind({}, now=timezone.now(), by=by)),
    "remove_contact": (
        {OPERATOR},
        lambda on, by: lifecycle.remove_contact(on["contact"], by=by),
    ),
    "want_topic_change": (
        {OPERATOR},
        lambda on, by: lifecycle.want_topic_change(on["topicchange"], by=by),
    ),
    "agree_to_standing_approval": (
        {APPROVER},
        lambda on, by: lifecycle.agree_to_standing_approval(on["standingapproval"], by=by),
    ),
    "answer_vendor": (
        NOBODY,
        lambda on, by: lifecycle.answer_vendor(on["question"], text="Yes.", by=by),
    ),
    "ask_customer": (
        {APPROVER},
        lambda on, by: lifecycle.ask_customer(on["csr"], question="Why?", by=by),
    ),
    "drop_phrase": ({APPROVER}, lambda on, by: lifecycle.drop_phrase(on["phrase"], by=by)),
    "end_standing_approval": (
        {APPROVER},
        lambda on, by: lifecycle.end_standing_approval(on["standingapproval"], by=by),
    ),
    "give_standing_approval": (
        {APPROVER},
        lambda on, by: lifecycle.give_standing_approval(
            on["customer"], ends_at=timezone.now(), monthly_limit=1, by=by
        ),
    ),
    "keep_phrase": ({APPROVER}, lambda on, by: lifecycle.keep_phrase(on["phrase"], by=by)),
    "put_mail_aside": (
        {OPERATOR},
        lambda on, by: lifecycle.put_mail_aside(on["mail"], by=by),
    ),
    "send_mail_again": (
        {OPERATOR},
        lambda on, by: lifecycle.send_mail_again(on["mail"], by=by),
    ),
    "review_standing_use": (
        {APPROVER},
        lambda on, by: lifecycle.review_standing_use(on["standinguse"], by=by),
    ),
    "set_approvals_required": (
        {OPERATOR},
        lambda on, by: lifecycle.set_approvals_required(on["customer"], number=2, by=by),
    ),
    "take_back_approval": (
        {APPROVER},
        lambda on, by: lifecycle.take_back_approval(on["csr"], by=by),
    ),
    "take_back_topic_approval": (
        {APPROVER},
        lambda on, by: lifecycle.take_back_topic_approval(on["topicchange"], by=by),
    ),
    "announce_vendor_certificate": (
        NOBODY,
        lambda _, by: lifecycle.announce_vendor_certificate(NOTHING, by=by),
    ),
    "approve": ({APPROVER}, lambda on, by: lifecycle.approve(on["csr"], by=by)),
    "ask_export": (
        NOBODY,
        lambda on, by: lifecycle.ask_export(
            on["certificate"],
            export_id=uuid4(),
            form=Export.Form.PEM,
            sealed_passphrase=b"",
            by=by,
        ),
    ),
    "attach_file": (
        {APPROVER, OPERATOR, SUPPORT},
        lambda on, by: lifecycle.attach_file(
            on["customer"], name="a", what="", file="uploads/aa", size=1, by=by
        ),
    ),
    "begin_import": (
        {OPERATOR},
        lambda _, by: lifecycle.begin_import(name="a", rows=[], remarks=[], by=by),
    ),
    "call_off_import": (
        {OPERATOR},
        lambda on, by: lifecycle.call_off_import(on["customerimport"], by=by),
    ),
    "carry_out_import": (
        {OPERATOR},
        lambda on, by: lifecycle.carry_out_import(on["customerimport"], by=by),
    ),
    "end_dry_run": (
        NOBODY,
        lambda on, by: lifecycle.end_dry_run(on["customerimport"], by=by),
    ),
    "end_import": (
        NOBODY,
        lambda on, by: lifecycle.end_import(on["customerimport"], report="", by=by),
    ),
    "fill_customer": (
        {OPERATOR},
        lambda on, by: lifecycle.fill_customer(
            on["customer"], apple_account="", contacts=[], by=by
        ),
    ),
    "take_certificate": (
        {OPERATOR},
        lambda on, by: lifecycle.take_certificate(on["customer"], der=b"", apple_account="", by=by),
    ),
    "take_customer": (
        {OPERATOR},
        lambda _, by: lifecycle.take_customer(
            name="A", country="DE", apple_account="", contacts=[], by=by
        ),
    ),
    "begin_reseal": (
        NOBODY,
        lambda on, by: lifecycle.begin_reseal(on["csr"], file="", custody_key="", by=by),
    ),
    "change_role": (
        {OPERATOR},
        lambda on, by: lifecycle.change_role(on["member"], role=READER, by=by),
    ),
    "clear_alarm": (
        NOBODY,
        lambda _, by: lifecycle.clear_alarm(Alarm.Kind.STUCK, about="keys", by=by),
    ),
    "close_alarm": ({OPERATOR}, lambda on, by: lifecycle.close_alarm(on["alarm"], by=by)),
    "close_customer": (
        {OPERATOR},
        lambda on, by: lifecycle.close_customer(on["customer"], name="", reason="", by=by),
    ),
    "customer_changed": (
        {OPERATOR},
        lambda on, by: lifecycle.customer_changed(on["customer"], changes={}, by=by),
    ),
    "delete_orphan": (NOBODY, lambda _, by: lifecycle.delete_orphan("x", by=by)),
    "destroy_key": ({OPERATOR}, lambda on, by: lifecycle.destroy_key(on["csr"], by=by)),
    "fail_export": (
        NOBODY,
        lambda on, by: lifecycle.fail_export(on["export"], sentence="", by=by),
    ),
    "fetch_attachment": (
        ALL,
        lambda on, by: lifecycle.fetch_attachment(on["attachment"], by=by),
    ),
    "confirm_installed": (
        {OPERATOR},
        lambda on, by: lifecycle.confirm_installed(on["pushcertificate"], by=by),
    ),
    "fetch_export": (NOBODY, lambda on, by: lifecycle.fetch_export(on["export"], by=by)),
    "hinder_store_verification": (
        NOBODY,
        lambda _, by: lifecycle.hinder_store_verification(NOTHING, why="", by=by),
    ),
    "invite": (
        {OPERATOR, SUPPORT},
        lambda on, by: lifecycle.invite(
            on["customer"], email="next@acme.example", role=READER, by=by
        ),
    ),
    "name_export": (NOBODY, lambda on, by: lifecycle.name_export(on["export"], file="", by=by)),
    "note_unusable_key": (
        NOBODY,
        lambda on, by: lifecycle.note_unusable_key(on["csr"], why="", by=by),
    ),
    "note_usable_key": (NOBODY, lambda on, by: lifecycle.note_usable_key(on["csr"], by=by)),
    "raise_alarm": (
        NOBODY,
        lambda _, by: lifecycle.raise_alarm(Alarm.Kind.STUCK, about="", sentence="", by=by),
    ),
    "record_export": (NOBODY, lambda on, by: lifecycle.record_export(on["export"], by=by)),
    "record_failure": (
        NOBODY,
        lambda on, by: lifecycle.record_failure(on["csr"], error=NOTHING, by=by),
    ),
    "record_key_gone": (
        NOBODY,
        lambda on, by: lifecycle.record_key_gone(on["csr"], files=[], by=by),
    ),
    "record_reseal": (
        NOBODY,
        lambda on, by: lifecycle.record_reseal(on["csr"], sealed_key="", custody_key="", by=by),
    ),
    "record_rotation": (
        NOBODY,
        lambda _, by: lifecycle.record_rotation(custody_key="", before="", by=by),
    ),
    "record_signature": (
        NOBODY,
        lambda on, by: lifecycle.record_signature(
            on["csr"],
            signature=b"",
            vendor_certificate=NOTHING,
            push_request_sha256="",
            by=by,
        ),
    ),
    "record_signatures": (
        NOBODY,
        lambda _, by: lifecycle.record_signatures([], vendor_certificate=NOTHING, by=by),
    ),
    "reject": ({APPROVER}, lambda on, by: lifecycle.reject(on["csr"], reason="No.", by=by)),
    "remove_member": (
        {OPERATOR},
        lambda on, by: lifecycle.remove_member(on["member"], by=by),
    ),
    "request_csr": (
        {OPERATOR},
        lambda on, by: lifecycle.request_csr(on["customer"], subject=SUBJECT, by=by),
    ),
    "resend_invitation": (
        {OPERATOR, SUPPORT},
        lambda on, by: lifecycle.resend_invitation(on["invitation"], by=by),
    ),
    "reopen_customer": (
        {OPERATOR},
        lambda on, by: lifecycle.reopen_customer(on["customer"], reason="", by=by),
    ),
    "reset_second_factor": (
        {OPERATOR},
        lambda on, by: lifecycle.reset_second_factor(on["user"], reason="Lost.", by=by),
    ),
    "revoke": (
        {OPERATOR},
        lambda on, by: lifecycle.revoke(on["certificate"], reason="", by=by),
    ),
    "set_apple_account": (
        {OPERATOR},
        lambda on, by: lifecycle.set_apple_account(
            on["customer"], apple_account="new@acme.example", by=by
        ),
    ),
    "sign_in_service_changed": (
        NOBODY,
        lambda _, by: lifecycle.sign_in_service_changed(NOTHING, changed=[], by=by),
    ),
    "submit": (
        NOBODY,
        lambda on, by: lifecycle.submit(on["csr"], der=b"", sealed_key="", custody_key="", by=by),
    ),
    "submit_upload": (
        {OPERATOR},
        lambda on, by: lifecycle.submit_upload(on["customer"], der=on["der"], upload="", by=by),
    ),
    "add_apple_certificate": (
        NOBODY,
        lambda _, by: lifecycle.add_apple_certificate(NOTHING, by=by),
    ),
    "download_certificate": (
        ALL,
        lambda on, by: lifecycle.download_certificate(on["certificate"], by=by),
    ),
    "download_csr": (ALL, lambda on, by: lifecycle.download_csr(on["csr"], by=by)),
    "download_signed_request": (
        ALL,
        lambda on, by: lifecycle.download_signed_request(on["csr"], by=by),
    ),
    "group_changed": (
        NOBODY,
        lambda _, by: lifecycle.group_changed("Approver", changes={"given": "x"}, by=by),
    ),
    "person_changed": (
        {OPERATOR},
        lambda _, by: lifecycle.person_changed(by.user or NOTHING, changes={"name": "x"}, by=by),
    ),
    "sign_in_changed": (ALL, lambda _, by: lifecycle.sign_in_changed("password set", by=by)),
    "sign_in_failed": (ALL, lambda _, by: lifecycle.sign_in_failed(by.user, step="password")),
    "session_ended": (
        ALL,
        lambda _, by: lifecycle.session_ended(
            signed_in_at=timezone.now(), address="192.0.2.1", user_agent="x", by=by
        ),
    ),
    "signed_in": (ALL, lambda _, by: lifecycle.signed_in(by=by, means="password")),
    "signed_out": (ALL, lambda _, by: lifecycle.signed_out(by=by)),
    "trail_exported": (
        {OPERATOR, AUDITOR},
        lambda _, by: lifecycle.trail_exported(form="csv", filters={}, by=by),
    ),
    "verify_audit": (NOBODY, lambda _, by: lifecycle.verify_audit(NOTHING, by=by)),
    "verify_store": (
        NOBODY,
        lambda _, by: lifecycle.verify_store(NOTHING, is_complete=True, by=by),
    ),
    "write_note": (
        {APPROVER, OPERATOR, SUPPORT},
        lambda on, by: lifecycle.write_note(on["customer"], text="Hm.", by=by),
    ),
    "withdraw": ({APPROVER, OPERATOR}, lambda on, by: lifecycle.withdraw(on["csr"], by=by)),
    "withdraw_invitation": (
        {OPERATOR, SUPPORT},
        lambda on, by: lifecycle.withdraw_invitation(on["invitation"], by=by),
    ),
}
# What asks nobody, for it only follows from a verb that asked: a lock, a file's end, and an
# account for who was invited.
FOLLOWING = {
    "hold_seal",
    "end_export",
    "join",
    # A reader's own word, by the link of a mail.
    "answer_question",
    "resume_reminders",
    "stop_reminders",
}


def verbs() -> set[str]:
    """All exported functions; a class is no verb."""
    return {
        name for name in lifecycle.__all__ if not isinstance(getattr(lifecycle, name), type)
    } - FOLLOWING


def addresses(patterns: "list[URLPattern | URLResolver]") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def noun_pages() -> dict[str, tuple[str, str]]:
    """The name of each page that Django makes: its noun and its kind."""
    return {
        f"{model._meta.app_label}_{model._meta.model_name}_{kind}": (
            str(model._meta.model_name),
            kind,
        )
        for model in admin.site._registry
        for kind in ("changelist", "change", "add", "delete", "history")
    }


def test_every_verb_has_its_row() -> None:
    missing = verbs() - VERBS.keys()

    assert not missing, (
        f"Add a row to VERBS in {__file__} for {sorted(missing)}: which roles may do it, and a call"
        " of it. Staff act by a permission of onboarding/roles.py; our own processes by"
        " demand_process."
    )
    assert VERBS.keys() <= verbs()


def test_every_page_has_its_row() -> None:
    known = {name.split("/")[0] for name in PAGES} | noun_pages().keys()
    missing = set(addresses(admin.site.get_urls())) - known - {"login"}

    assert not missing, (
        f"Add a row to PAGES in {__file__} for {sorted(missing)}: which roles get in. The view has"
        " to demand a permission of onboarding/roles.py for GET and for POST."
    )


def test_every_noun_has_its_row() -> None:
    missing = {str(model._meta.model_name) for model in admin.site._registry} - (
        NOUNS.keys() | FOR_SUPERUSERS
    )

    assert not missing, (
        f"Add a row to NOUNS in {__file__} for {sorted(missing)}: which roles add, change and"
        " delete it. All roles see it: add it to SEEN in onboarding/roles.py, and a migration."
    )


def test_every_action_of_a_list_has_its_row(root: User) -> None:
    found = {noun: set(actions(page, root)) for noun, page in pages().items()}
    rows = {noun: set(ACTIONS.get(noun, {})) for noun in found}

    assert found == rows, f"Add a row to ACTIONS in {__file__}: which roles are offered the action."


def pages() -> "dict[str, ModelAdmin[Any]]":
    """Any: each has a model of its own."""
    found = {str(model._meta.model_name): page for model, page in admin.site._registry.items()}
    return {noun: page for noun, page in found.items() if noun not in FOR_SUPERUSERS}


def actions(page: "ModelAdmin[Any]", person: User) -> list[str]:
    """What the list offers this person. Any: as above."""
    request = RequestFactory().get("/")
    request.user = person
    return list(page.get_actions(request))


@pytest.fixture
def people(groups: dict[str, Group]) -> dict[str, User]:
    """One of each role, and of no other."""
    found = {}
    for role in ROLES:
        address = f"{role.lower()}@vendor.example"
        user = User.objects.create_user(address, "pw", name=role, is_staff=True)
        found[role] = member(user, groups[role])
    return found


@pytest.fixture
def ground(active: PushCertificate, ada: User) -> Ground:
    """A row of each noun."""
    now = timezone.now()
    alarm = Alarm.objects.create(
        kind=Alarm.Kind.STUCK, about="keys", sentence="Look.", raised_at=timezone.now()
    )
    csr = CSR.objects.get(pk=active.csr.pk)
    attachment = Attachment.objects.create(
        customer=active.customer,
        name="a",
        file="uploads/aa",
        sha256="aa",
        size=1,
        added_by=ada,
        added_at=timezone.now(),
    )
    standing = StandingApproval.objects.create(
        customer=csr.customer, ends_at=now + timedelta(days=9), monthly_limit=1, proposed_at=now
    )
    return {
        "alarm": alarm,
        "attachment": attachment,
        "campaign": Campaign.objects.create(
            title="Spring", prepared_by=ada, prepared_by_name="Ada", prepared_at=now
        ),
        "customerimport": CustomerImport.objects.create(
            name="a.csv", started_at=timezone.now(), total=0
        ),
        "certificate": active,
        "csr": csr,
        "customer": active.customer,
        "der": bytes(csr.der or b""),
        "export": exported(active),
        "invitation": lifecycle.invite(
            active.customer, email="new@acme.example", role=READER, by=Actor.of(ada)
        ),
        "mail": Mail.objects.create(
            kind=Mail.Kind.REMOVED,
            customer=active.customer,
            recipient="gone@acme.example",
            queued_at=now,
            refused_at=now,
        ),
        "member": active.customer.memberships.get(user=ada),
        "contact": csr.customer.contacts.create(email="it@acme.example"),
        "topicchange": TopicChange.objects.create(
            csr=csr,
            topic="com.apple.mgmt.External.created",
            not_after=active.not_after,
            noted_by=ada,
            noted_at=now,
        ),
        "phrase": Phrase.objects.create(title="Name", text="Another name."),
        "question": Question.objects.create(csr=csr, text="Why?", asked_by=ada, asked_at=now),
        "standingapproval": standing,
        "standinguse": StandingUse.objects.create(standing_approval=standing, csr=csr, used_at=now),
        "pushcertificate": active,
        "reminder": Reminder.objects.create(push_certificate=active, threshold=30, at=now),
        "signinquestion": SignInQuestion.objects.create(push_certificate=active, asked_at=now),
        "user": ada,
        "vendorcertificate": csr.vendor_certificate,
    }


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_verb_is_refused_to_every_other_role(
    verb: str, people: dict[str, User], ground: Ground
) -> None:
    allowed, act = VERBS[verb]

    assert {role for role, user in people.items() if _lets(act, ground, user)} == allowed


def _lets(act: Act, ground: Ground, user: User) -> bool:
    """Whether the verb got past who asks; that the row is in another state is another matter."""
    try:
        act(ground, Actor.of(user))
    except errors.NotAllowed:
        return False
    except errors.PortalError:
        return True
    return True


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_a_noun_is_seen_by_all_and_changed_by_who_may(
    noun: str, people: dict[str, User], ground: Ground, client_of: Clients
) -> None:
    add, change, delete = NOUNS[noun]
    row = ground.get(noun)
    clients = {role: client_of(user) for role, user in people.items()}

    def within(kind: str, method: str, *keys: object) -> set[str]:
        address = reverse(f"admin:onboarding_{noun}_{kind}", args=keys)
        return {r for r, one in clients.items() if _is_let_in(one, method, address)}

    assert within("changelist", "get") == ALL
    assert within("add", "get") == within("add", "post") == add
    if isinstance(row, Model):
        assert within("change", "get", row.pk) == ALL
        assert within("change", "post", row.pk) == change
        assert within("delete", "post", row.pk) <= delete


@pytest.mark.parametrize("name", [n for n in sorted(PAGES) if n.startswith("onboarding_")])
def test_a_page_of_ours_lets_in_who_may_and_nobody_else(
    name: str, people: dict[str, User], ground: Ground, client_of: Clients
) -> None:
    address = _address(name, ground)
    clients = {role: client_of(user) for role, user in people.items()}

    got = {role for role, one in clients.items() if _is_let_in(one, "get", address)}
    posted = {role for role, one in clients.items() if _is_let_in(one, "post", address)}

    assert got == PAGES[name]
    assert posted <= PAGES[name]


def _address(name: str, ground: Ground) -> str:
    page, _, option = name.partition("/")
    if option:
        return f"{reverse(f'admin:{page}', args=[option])}?csr={ground['csr'].pk}"
    if page == "onboarding_event_export":
        return reverse(f"admin:{page}", args=["csv"])
    if page.startswith("onboarding_report_"):
        return reverse(f"admin:{page}")
    noun = "customer" if page.endswith("_of_customer") else page.split("_")[1]
    return reverse(f"admin:{page}", args=[ground[noun].pk])


def _is_let_in(client: Client, method: str, address: str) -> bool:
    """A page that is shown and a form that is refused for its content are both let in."""
    answer = getattr(client, method)(address)
    return int(answer.status_code) not in {403, 405}


@pytest.mark.parametrize("noun", sorted(ACTIONS))
def test_an_action_is_offered_to_who_may(noun: str, people: dict[str, User]) -> None:
    page = pages()[noun]

    for action, allowed in ACTIONS[noun].items():
        assert {role for role, user in people.items() if action in actions(page, user)} == allowed


@pytest.mark.parametrize("role", sorted(ALL - {APPROVER}))
def test_what_a_role_may_not_do_is_not_shown_on_the_page_of_a_csr(
    role: str, people: dict[str, User], submitted: CSR, client_of: Clients
) -> None:
    address = reverse("admin:onboarding_csr_change", args=[submitted.pk])

    content = client_of(people[role]).get(address).content.decode()

    assert "Approve…" not in content
    assert reverse("admin:onboarding_csr_decide", args=["approve"]) not in content
    assert reverse("admin:onboarding_csr_decide", args=["reject"]) not in content


def test_a_person_of_two_roles_may_do_what_each_may(groups: dict[str, Group], sam: User) -> None:
    asked = ("invite_people", "approve_csr", "close_alarm")
    support = Actor.of(member(sam, groups[SUPPORT]))

    alone = [support.may(one) for one in asked]
    both = Actor.of(member(sam, groups[SUPPORT], groups[APPROVER]))

    assert alone == [True, False, False]
    assert [both.may(one) for one in asked] == [True, True, False]


def test_an_approver_who_is_no_longer_staff_may_nothing(
    groups: dict[str, Group], sam: User
) -> None:
    approver = member(sam, groups[APPROVER])
    approver.is_staff = False

    assert not Actor.of(approver).may("approve_csr")
