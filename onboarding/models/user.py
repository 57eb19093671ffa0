"""A person, known by e-mail address."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# In which readers are spoken to. Each is named in itself, so that its readers find it.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]


class UserManager(BaseUserManager["User"]):
    """What `createsuperuser` and allauth need to make a person without a user name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        # Any: the fields are the model's own, and Django types them no further.
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(max_length=150)
    is_staff = models.BooleanField(
        "vendor staff", default=False, help_text="May sign in to the staff's pages."
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Clear this instead of deleting the person."
    )
    # Empty until a person signs in or chooses: as the browser asks, and English in mails.
    language = models.CharField(max_length=10, blank=True, db_default="", choices=LANGUAGES)
    # A name of the IANA database; empty: UTC.
    time_zone = models.CharField(max_length=64, blank=True, db_default="")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        permissions = [("reset_second_factor", "Can reset people's second factor")]
        indexes = [
            models.Index(
                fields=["email"], condition=models.Q(is_staff=True), name="staff_by_address"
            ),
            # By which whoever signs in or is written to is found, whatever the case.
            models.Index(Upper("email"), name="people_by_upper_address"),
        ]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_address")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]
