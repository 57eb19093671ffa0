"""The nouns: fields, constraints, querysets. Never verbs."""

from onboarding.models.alarm import Alarm
from onboarding.models.apple_certificate import AppleCertificate
from onboarding.models.approval import Approval
from onboarding.models.audit_head import AuditHead, HeadDelivery
from onboarding.models.audit_verification import AuditVerification
from onboarding.models.calendar_feed import CalendarFeed
from onboarding.models.campaign import Campaign, CampaignRow
from onboarding.models.csr import CSR
from onboarding.models.customer import Contact, Customer, Membership
from onboarding.models.customer_import import CustomerImport, ImportRow
from onboarding.models.customer_record import Attachment, Note
from onboarding.models.draft import Draft
from onboarding.models.event import Event
from onboarding.models.event_seal import EventSeal, UnsealedEvent
from onboarding.models.export import Export
from onboarding.models.invitation import Invitation
from onboarding.models.mail import Mail
from onboarding.models.phrase import Phrase
from onboarding.models.pulse import Pulse
from onboarding.models.push_certificate import PushCertificate
from onboarding.models.question import Question
from onboarding.models.registers import SeenKey, Topic
from onboarding.models.reminder import Reminder, ReminderDay
from onboarding.models.sign_in_question import SignInQuestion
from onboarding.models.sign_in_service import SignInDomain, SignInService
from onboarding.models.signing_day import SigningDay
from onboarding.models.standing_approval import (
    StandingApproval,
    StandingConsent,
    StandingUse,
)
from onboarding.models.store_verification import StoreVerification
from onboarding.models.topic_change import TopicChange, TopicChangeApproval
from onboarding.models.user import LANGUAGES, User
from onboarding.models.vendor_certificate import VendorCertificate

__all__ = [
    "CSR",
    "LANGUAGES",
    "Alarm",
    "AppleCertificate",
    "Approval",
    "Attachment",
    "AuditHead",
    "AuditVerification",
    "CalendarFeed",
    "Campaign",
    "CampaignRow",
    "Contact",
    "Customer",
    "CustomerImport",
    "Draft",
    "Event",
    "EventSeal",
    "Export",
    "HeadDelivery",
    "ImportRow",
    "Invitation",
    "Mail",
    "Membership",
    "Note",
    "Phrase",
    "Pulse",
    "PushCertificate",
    "Question",
    "Reminder",
    "ReminderDay",
    "SeenKey",
    "SignInDomain",
    "SignInQuestion",
    "SignInService",
    "SigningDay",
    "StandingApproval",
    "StandingConsent",
    "StandingUse",
    "StoreVerification",
    "Topic",
    "TopicChange",
    "TopicChangeApproval",
    "UnsealedEvent",
    "User",
    "VendorCertificate",
]
