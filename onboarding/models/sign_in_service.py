"""An organisation's own sign-in (OpenID Connect), and the domains whose people it signs in."""

from urllib.parse import urlsplit
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models.functions import Lower

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def demand_issuer(address: str) -> None:
    """https, or http on this very machine, where it is tried out."""
    URLValidator(schemes=["http", "https"])(address)
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ValidationError("The issuer’s address begins with https://.")


class SignInServiceQuerySet(models.QuerySet["SignInService"]):
    def active(self) -> "SignInServiceQuerySet":
        return self.filter(is_active=True)

    def of_address(self, email: str) -> "SignInService | None":
        """The service that signs in the people of this address's domain."""
        domain = email.strip().rpartition("@")[2].lower()
        return self.active().filter(domains__name=domain).first() if domain else None


class SignInService(models.Model):
    # For which purpose, of those of `onboarding.at_rest`, its secret is sealed.
    SECRET_PURPOSE = "client secret"  # noqa: S105 - the name of a purpose

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(
        max_length=60, help_text="As its people know it; it stands on the button."
    )
    # No URLField: that one takes no host without a dot, such as localhost.
    issuer = models.CharField(
        max_length=200,
        validators=[demand_issuer],
        help_text="Where /.well-known/openid-configuration is found, without that ending.",
    )
    client_id = models.CharField("client id", max_length=200)
    # Sealed under SECRET_KEY, and never shown again.
    sealed_client_secret = models.TextField(editable=False)
    is_for_staff = models.BooleanField(
        "signs in vendor staff",
        default=False,
        help_text="Whoever runs the service can then sign in as any of your staff of its domains.",
    )
    demands_second_factor = models.BooleanField(
        default=False,
        help_text="The service lets nobody in without one, so staff need none here.",
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Clear this to go back to passwords and passkeys."
    )

    objects = SignInServiceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = "sign-in service"

    def __str__(self) -> str:
        return self.name


class SignInDomain(models.Model):
    """What stands behind the @ of the addresses that a service vouches for."""

    service = models.ForeignKey(SignInService, models.CASCADE, related_name="domains")
    name = models.CharField(
        max_length=253,
        unique=True,
        validators=[
            RegexValidator(
                r"^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$", "In small letters, as in acme.example."
            )
        ],
    )

    class Meta:
        verbose_name = "domain"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(name=Lower("name")), name="sign_in_domain_is_in_small_letters"
            )
        ]

    def __str__(self) -> str:
        return self.name
