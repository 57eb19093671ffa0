"""A process that migrates its database there and back, with rows in it, and tells what it found.

`python -m tests.migrating MIGRATION`, under the web's settings; the answer is JSON.
"""

import json
import sys
from datetime import timedelta

import django

django.setup()

from django.contrib.auth.models import Group  # noqa: E402 - models are there once Django is
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from onboarding import keys, lifecycle  # noqa: E402
from onboarding.audit import sealing  # noqa: E402
from onboarding.lifecycle import Actor  # noqa: E402
from onboarding.models import (  # noqa: E402
    CSR,
    Alarm,
    Attachment,
    AuditHead,
    AuditVerification,
    CalendarFeed,
    Campaign,
    CampaignRow,
    Customer,
    CustomerImport,
    Draft,
    Export,
    HeadDelivery,
    ImportRow,
    Invitation,
    Mail,
    Membership,
    Note,
    Phrase,
    Pulse,
    PushCertificate,
    Question,
    Reminder,
    ReminderDay,
    SigningDay,
    SignInQuestion,
    SignInService,
    StandingApproval,
    StandingConsent,
    StandingUse,
    StoreVerification,
    TopicChange,
    TopicChangeApproval,
    User,
)
from onboarding.pki.names import Subject  # noqa: E402

HEX = "ab" * 32
# Together they do what one group did in the release before.
HEIRS = ("Approver", "Operator", "Support")
# What the release before knows, too.
NOUNS = ("customer", "user", "csr", "pushcertificate", "approval", "event")


def there_and_back(before: str) -> dict[str, object]:
    migrate()
    fill()
    there = facts()
    mails_of_alarms = Mail.objects.filter(alarm__isnull=False).count()
    migrate("onboarding", before)
    back = facts()
    one = Group.objects.get(name="Vendor staff")
    joined = sorted(one.user_set.values_list("email", flat=True))
    migrate()
    return {
        "there": there,
        "mails_of_alarms": mails_of_alarms,
        "back": back,
        "again": facts(),
        "joined": joined,
        "roles": roles_found(),
        "roles_of_sam": sorted(
            Group.objects.filter(user__email="sam@vendor.example").values_list("name", flat=True)
        ),
        "alarms": Alarm.objects.count(),
        "exports": Export.objects.count(),
        "custody_key": CSR.objects.get().custody_key,
        "imported": PushCertificate.objects.filter(csr__isnull=True).count(),
        "to_install": PushCertificate.objects.filter(taken_along_at__isnull=True).count(),
    }


def migrate(*names: str) -> None:
    call_command("migrate", *names, verbosity=0)


def fill() -> None:
    """A row of each noun that came since, and of what it hangs on."""
    now = timezone.now()
    acme = Customer.objects.create(name="Acme", country="DE")
    ada = User.objects.create_user("ada@acme.example", "pw", name="Ada")
    Membership.objects.create(user=ada, customer=acme, role=Membership.Role.ADMIN)
    sam = User.objects.create_user("sam@vendor.example", "pw", name="Sam", is_staff=True)
    sam.groups.add(*Group.objects.filter(name__in=HEIRS))
    der = keys.build_csr(keys.new_push_key(), Subject(organization="Acme", country="DE"))
    csr = lifecycle.submit_upload(acme, der=der, upload="", by=Actor.of(ada))
    lifecycle.approve(csr, by=Actor.of(sam))
    CSR.objects.update(custody_key=HEX, key_destroyed_at=now)
    certificate = PushCertificate.objects.create(
        customer=acme,
        csr=csr,
        topic="com.apple.mgmt.External.1",
        fingerprint_sha256=HEX,
        not_before=now,
        not_after=now + timedelta(days=1),
        der=b"x",
        activated_at=now,
    )
    PushCertificate.objects.create(
        customer=acme,
        topic="com.apple.mgmt.External.imported",
        fingerprint_sha256="cd" * 32,
        not_before=now,
        not_after=now + timedelta(days=1),
        der=b"x",
        activated_at=now,
    )
    ImportRow.objects.create(
        of=CustomerImport.objects.create(name="a.csv", started_at=now, total=1), line=2, key="acme"
    )
    Note.objects.create(customer=acme, author=sam, author_name="Sam", written_at=now, text="Hm.")
    Attachment.objects.create(
        customer=acme,
        name="a.pdf",
        file="uploads/a",
        sha256=HEX,
        size=1,
        added_by=sam,
        added_at=now,
    )
    Export.objects.create(push_certificate=certificate, form="pem", asked_by=ada, asked_at=now)
    for kind in Alarm.Kind:
        lifecycle.raise_alarm(kind, about="", sentence="Look.", by=Actor.worker())
    SigningDay.objects.create(signer="signer-1", day=now.date(), signed=3)
    StoreVerification.objects.create(started_at=now)
    sealing.seal(now=now)
    head = AuditHead.objects.create(seq=1, hash=HEX, made_at=now, key_id="x", document="{}")
    HeadDelivery.objects.create(head=head, place="storage", owed_at=now)
    AuditVerification.objects.create(started_at=now)
    Phrase.objects.create(title="Name", text="Another name.")
    Question.objects.create(csr=csr, text="Why?", asked_by=sam, asked_at=now)
    standing = StandingApproval.objects.create(
        customer=acme, ends_at=now + timedelta(days=9), monthly_limit=1, proposed_at=now
    )
    StandingConsent.objects.create(standing_approval=standing, staff=sam, given_at=now)
    StandingUse.objects.create(standing_approval=standing, csr=csr, used_at=now)
    for process in Pulse.Process:
        Pulse.objects.create(process=process, seen_at=now)
    service = SignInService.objects.create(name="x", issuer="https://x.example", client_id="x")
    service.domains.create(name="x.example")
    Invitation.objects.create(
        customer=acme,
        email="b@acme.example",
        role="reader",
        invited_by=ada,
        invited_at=now,
        link_at=now,
    )
    change = TopicChange.objects.create(
        csr=csr,
        topic="com.apple.mgmt.External.2",
        not_after=now,
        noted_by=ada,
        noted_at=now,
    )
    TopicChangeApproval.objects.create(topic_change=change, staff=sam, reason="Meant", given_at=now)
    Draft.objects.create(customer=acme, changed_by=ada, changed_at=now)
    CalendarFeed.objects.create(customer=acme, secret_sha256=HEX, made_at=now, made_by=ada)
    SignInQuestion.objects.create(push_certificate=certificate, asked_at=now)
    Mail.objects.create(kind="sign_in_changed", person=ada, recipient=ada.email, queued_at=now)
    campaign = Campaign.objects.create(
        title="Spring", prepared_by=sam, prepared_by_name="Sam", prepared_at=now
    )
    CampaignRow.objects.create(campaign=campaign, push_certificate=certificate, at=now)
    Mail.objects.create(
        kind="renewal", push_certificate=certificate, recipient=ada.email, queued_at=now
    )
    Reminder.objects.create(push_certificate=certificate, threshold=1, at=now)
    ReminderDay.objects.create(day=now.date(), finished_at=now, reminded=1)
    Mail.objects.create(
        kind="reminder", push_certificate=certificate, recipient=ada.email, queued_at=now
    )


def facts() -> dict[str, object]:
    """The tables, how many rows of the older ones there are, and whether Events are safe."""
    counts = {noun: count(f"onboarding_{noun}") for noun in NOUNS}
    names = connection.introspection.table_names()
    return {
        "tables": sorted(name for name in names if name.startswith("onboarding_")),
        "rows": {**counts, "mail": count("onboarding_mail WHERE csr_id IS NOT NULL")},
        "events_are_safe": refuses("DELETE FROM onboarding_event")
        and refuses("UPDATE onboarding_event SET verb = 'nothing'"),
    }


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names from above
        (found,) = cursor.fetchone()
    return int(found)


def refuses(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return "append-only" in str(error)
    return False


def roles_found() -> dict[str, list[str]]:
    """What each group may do."""
    return {
        group.name: sorted(group.permissions.values_list("codename", flat=True))
        for group in Group.objects.all()
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(there_and_back(sys.argv[1])))
