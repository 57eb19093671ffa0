"""The organisation that owns a push certificate, and the people who act for it."""

from uuid import uuid4

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from onboarding.models.user import LANGUAGES, User


class CustomerQuerySet(models.QuerySet["Customer"]):
    def open(self) -> "CustomerQuerySet":
        """Those that are not closed."""
        return self.filter(closed_at__isnull=True)

    def visible_to(self, user: User) -> "CustomerQuerySet":
        return self.open().filter(memberships__user=user)

    def wanting_fewer_approvals(self) -> "CustomerQuerySet":
        """Those whose smaller number waits for a second person."""
        return self.open().filter(fewer_approvals_at__isnull=False)

    def without_admin(self) -> "CustomerQuerySet":
        """Those of which nobody can sign in and act: whoever is mailed cannot renew."""
        return self.filter(~Exists(Membership.objects.acting().filter(customer=OuterRef("pk"))))

    def closed_to(self, user: User) -> "CustomerQuerySet":
        """Those of this person's that are closed."""
        return self.filter(closed_at__isnull=False, memberships__user=user)


class Customer(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=64, help_text="As it stands in the CSR's subject (O).")
    country = models.CharField(
        max_length=2,
        validators=[RegexValidator("^[A-Z]{2}$", "Two capital letters, as in DE or US.")],
        help_text="ISO 3166 code, as in DE or US; it shows up in the push certificate.",
    )
    apple_account = models.EmailField(
        "Apple Account",
        blank=True,
        help_text="What the customer signs in with at Apple; every renewal needs the same one.",
    )
    # How many people approve its CSRs; APPROVALS_REQUIRED counts where it is larger.
    approvals_required = models.PositiveSmallIntegerField(
        "approvals needed", default=1, db_default=1, editable=False
    )
    # A smaller number, until another person wants it, too; then it is the one above.
    fewer_approvals = models.PositiveSmallIntegerField(null=True, editable=False)
    fewer_approvals_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
    fewer_approvals_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Its people have lost access, and nothing is done for it any more; the history stays.
    closed_at = models.DateTimeField("closed", null=True, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        permissions = [
            ("act_for_customer", "Can ask for CSRs and bring certificates for a customer"),
            ("annotate_customer", "Can write notes on customers and keep files with them"),
            ("close_customer", "Can close a customer"),
            ("import_customers", "Can import customers and certificates"),
            ("invite_people", "Can invite people of customers"),
            ("read_reports", "Can read and download reports"),
            ("remind_customers", "Can send reminders and campaigns"),
            ("set_approvals", "Can set how many people approve a customer's CSRs"),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="customers_by_name"),
            models.Index(fields=["created_at"], name="customers_by_age"),
            models.Index(
                fields=["name", "id"],
                condition=models.Q(closed_at__isnull=False),
                name="closed_customers_by_name",
            ),
            models.Index(
                fields=["fewer_approvals_at"],
                condition=models.Q(fewer_approvals_at__isnull=False),
                name="customers_with_fewer_approvals",
            ),
            # By which an import finds a customer, whatever the case.
            models.Index(Upper("name"), name="customers_by_upper_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(country__regex="^[A-Z]{2}$"), name="country_is_two_letters"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="customer_has_a_name"),
            models.CheckConstraint(
                condition=models.Q(
                    fewer_approvals__isnull=True,
                    fewer_approvals_by__isnull=True,
                    fewer_approvals_at__isnull=True,
                )
                | models.Q(
                    fewer_approvals__gte=1,
                    fewer_approvals_by__isnull=False,
                    fewer_approvals_at__isnull=False,
                ),
                name="fewer_approvals_have_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("portal:customer", args=[self.pk])

    def readers(self) -> set[str]:
        """The addresses to which reminders go."""
        members = Membership.objects.wanting_reminders().filter(customer=self)
        contacts = Contact.objects.wanting_reminders().filter(customer=self)
        return {
            *members.values_list("user__email", flat=True),
            *contacts.values_list("email", flat=True),
        }

    def is_told(self, address: str) -> bool:
        """Whether reminders go to this address, however it is spelled."""
        return self.closed_at is None and address.lower() in map(str.lower, self.readers())

    def knows(self, address: str) -> bool:
        """Whether it is a contact's or a member's, told or not."""
        return (
            self.contacts.filter(email__iexact=address).exists()
            or self.memberships.filter(user__email__iexact=address).exists()
        )


class ContactQuerySet(models.QuerySet["Contact"]):
    def wanting_reminders(self) -> "ContactQuerySet":
        return self.filter(wants_reminders=True)


class Contact(models.Model):
    """An address that is told of what happens, beside the people who sign in."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    email = models.EmailField("e-mail address")
    name = models.CharField(max_length=150, blank=True, db_default="")
    # Of mails to this address; empty: English.
    language = models.CharField(max_length=10, blank=True, db_default="", choices=LANGUAGES)
    wants_reminders = models.BooleanField("wants reminders", default=True, db_default=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "email"], name="one_contact_per_address")
        ]

    def __str__(self) -> str:
        return self.email


class MembershipQuerySet(models.QuerySet["Membership"]):
    def acting(self) -> "MembershipQuerySet":
        """Those of admins who can sign in."""
        return self.filter(role=Membership.Role.ADMIN, user__is_active=True)

    def wanting_reminders(self) -> "MembershipQuerySet":
        return self.filter(wants_reminders=True, user__is_active=True)


class Membership(models.Model):
    """Who may act (admin) or look (reader) for a customer."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("Admin")
        READER = "reader", _("Reader")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    wants_reminders = models.BooleanField("wants reminders", default=True, db_default=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "customer"], name="one_membership_per_person_and_customer"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["admin", "reader"]), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()} at {self.customer}"
