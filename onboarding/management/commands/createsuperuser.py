"""`manage.py createsuperuser`: Django's, with an Event of each that it makes."""

from typing import Any, cast

from django.contrib.auth.management.commands import createsuperuser
from django.db import transaction

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import User
from onboarding.models.user import UserManager


class Command(createsuperuser.Command):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Any: Django's own arguments."""
        super().__init__(*arguments, **options)
        # What the command uses of the model, this has, too.
        self.UserModel = cast(type[User], _Users())


class _Users:
    """The model as the command sees it, whose manager writes Events.

    The command asks for what it needs first, and a transaction round all of it would let nobody
    else write for as long as somebody types.
    """

    def __init__(self) -> None:
        self._default_manager = _Manager()
        self._default_manager.model = User

    def __call__(self, **fields: Any) -> User:
        """Any: columns, each of its own type."""
        return User(**fields)

    def __getattr__(self, name: str) -> Any:
        """Any: whatever a model has."""
        return getattr(User, name)


class _Manager(UserManager):
    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Any: columns, each of its own type."""
        with transaction.atomic():
            user = super().create_superuser(email, password, **fields)
            changes = {"person": "added", "is_superuser": "“False” → “True”"}
            lifecycle.person_changed(user, changes=changes, by=Actor.operator())
        return user
