"""The verbs: the only place that changes a state or writes an Event."""

from onboarding.lifecycle.account import set_apple_account
from onboarding.lifecycle.activation import activate
from onboarding.lifecycle.actor import Actor
from onboarding.lifecycle.alarms import clear_alarm, close_alarm, raise_alarm
from onboarding.lifecycle.annotation import attach_file, fetch_attachment, write_note
from onboarding.lifecycle.apple_certificates import add_apple_certificate
from onboarding.lifecycle.approvals_number import set_approvals_required
from onboarding.lifecycle.audit import verify_audit
from onboarding.lifecycle.calendars import close_calendar, open_calendar
from onboarding.lifecycle.campaigns import (
    change_campaign,
    drop_campaign,
    end_campaign,
    mail_campaign,
    prepare_campaign,
    start_campaign,
    stop_campaign,
)
from onboarding.lifecycle.closing import close_customer, reopen_customer
from onboarding.lifecycle.contacts import (
    add_contact,
    change_contact,
    choose_readers,
    remove_contact,
    resume_reminders,
    stop_reminders,
)
from onboarding.lifecycle.csr_questions import answer_vendor, ask_customer
from onboarding.lifecycle.custody import (
    begin_reseal,
    destroy_key,
    hold_seal,
    record_key_gone,
    record_reseal,
    record_rotation,
)
from onboarding.lifecycle.customer_import import (
    begin_import,
    call_off_import,
    carry_out_import,
    end_dry_run,
    end_import,
)
from onboarding.lifecycle.decision import approve, reject, take_back_approval
from onboarding.lifecycle.downloads import (
    download_certificate,
    download_csr,
    download_signed_request,
)
from onboarding.lifecycle.draft import keep_draft
from onboarding.lifecycle.exports import (
    ask_export,
    end_export,
    fail_export,
    fetch_export,
    name_export,
    record_export,
)
from onboarding.lifecycle.installing import confirm_installed
from onboarding.lifecycle.intake import request_csr, submit, submit_upload
from onboarding.lifecycle.invitations import (
    accept,
    invite,
    join,
    resend_invitation,
    withdraw_invitation,
)
from onboarding.lifecycle.key_trouble import note_unusable_key, note_usable_key
from onboarding.lifecycle.people import change_role, remove_member
from onboarding.lifecycle.phrases import drop_phrase, keep_phrase
from onboarding.lifecycle.questions import answer_question, ask, ask_again
from onboarding.lifecycle.records import (
    customer_changed,
    group_changed,
    person_changed,
    report_taken,
    trail_exported,
)
from onboarding.lifecycle.refused_mail import put_mail_aside, send_mail_again
from onboarding.lifecycle.reminding import finish_reminder_day, remind, remind_now
from onboarding.lifecycle.revocation import revoke
from onboarding.lifecycle.second_factor import reset_second_factor
from onboarding.lifecycle.sign_in import sign_in_service_changed
from onboarding.lifecycle.sign_ins import (
    session_ended,
    sign_in_changed,
    sign_in_failed,
    signed_in,
    signed_out,
)
from onboarding.lifecycle.signature import (
    Signature,
    announce_vendor_certificate,
    record_failure,
    record_signature,
    record_signatures,
)
from onboarding.lifecycle.standing import (
    agree_to_standing_approval,
    end_standing_approval,
    give_standing_approval,
    review_standing_use,
)
from onboarding.lifecycle.store_verification import (
    delete_orphan,
    hinder_store_verification,
    verify_store,
)
from onboarding.lifecycle.taking_in import fill_customer, take_certificate, take_customer
from onboarding.lifecycle.topic_change import (
    allow_topic_change,
    decline_topic_change,
    note_topic_change,
    take_back_topic_approval,
    want_topic_change,
)
from onboarding.lifecycle.withdrawal import withdraw

__all__ = [
    "Actor",
    "Signature",
    "accept",
    "activate",
    "add_apple_certificate",
    "add_contact",
    "agree_to_standing_approval",
    "allow_topic_change",
    "announce_vendor_certificate",
    "answer_question",
    "answer_vendor",
    "approve",
    "ask",
    "ask_again",
    "ask_customer",
    "ask_export",
    "attach_file",
    "begin_import",
    "begin_reseal",
    "call_off_import",
    "carry_out_import",
    "change_campaign",
    "change_contact",
    "change_role",
    "choose_readers",
    "clear_alarm",
    "close_alarm",
    "close_calendar",
    "close_customer",
    "confirm_installed",
    "customer_changed",
    "decline_topic_change",
    "delete_orphan",
    "destroy_key",
    "download_certificate",
    "download_csr",
    "download_signed_request",
    "drop_campaign",
    "drop_phrase",
    "end_campaign",
    "end_dry_run",
    "end_export",
    "end_import",
    "end_standing_approval",
    "fail_export",
    "fetch_attachment",
    "fetch_export",
    "fill_customer",
    "finish_reminder_day",
    "give_standing_approval",
    "group_changed",
    "hinder_store_verification",
    "hold_seal",
    "invite",
    "join",
    "keep_draft",
    "keep_phrase",
    "mail_campaign",
    "name_export",
    "note_topic_change",
    "note_unusable_key",
    "note_usable_key",
    "open_calendar",
    "person_changed",
    "prepare_campaign",
    "put_mail_aside",
    "raise_alarm",
    "record_export",
    "record_failure",
    "record_key_gone",
    "record_reseal",
    "record_rotation",
    "record_signature",
    "record_signatures",
    "reject",
    "remind",
    "remind_now",
    "remove_contact",
    "remove_member",
    "reopen_customer",
    "report_taken",
    "request_csr",
    "resend_invitation",
    "reset_second_factor",
    "resume_reminders",
    "review_standing_use",
    "revoke",
    "send_mail_again",
    "session_ended",
    "set_apple_account",
    "set_approvals_required",
    "sign_in_changed",
    "sign_in_failed",
    "sign_in_service_changed",
    "signed_in",
    "signed_out",
    "start_campaign",
    "stop_campaign",
    "stop_reminders",
    "submit",
    "submit_upload",
    "take_back_approval",
    "take_back_topic_approval",
    "take_certificate",
    "take_customer",
    "trail_exported",
    "verify_audit",
    "verify_store",
    "want_topic_change",
    "withdraw",
    "withdraw_invitation",
    "write_note",
]
