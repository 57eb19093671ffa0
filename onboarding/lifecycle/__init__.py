"""The verbs: the only place that changes a state or writes an Event."""

from onboarding.lifecycle.account import set_apple_account
from onboarding.lifecycle.activation import activate
from onboarding.lifecycle.actor import Actor
from onboarding.lifecycle.decision import approve, reject
from onboarding.lifecycle.intake import request_csr, submit, submit_upload
from onboarding.lifecycle.records import customer_changed
from onboarding.lifecycle.signature import (
    announce_vendor_certificate,
    record_failure,
    record_signature,
)
from onboarding.lifecycle.withdrawal import withdraw

__all__ = [
    "Actor",
    "activate",
    "announce_vendor_certificate",
    "approve",
    "customer_changed",
    "record_failure",
    "record_signature",
    "reject",
    "request_csr",
    "set_apple_account",
    "submit",
    "submit_upload",
    "withdraw",
]
