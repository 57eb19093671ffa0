"""`manage.py changepassword EMAIL`: set somebody's password, with an Event."""

import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import User


class Command(BaseCommand):
    help = "Set a person's password. It is asked for twice, and shown nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the person's e-mail address")

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Any: argparse's values."""
        person = User.objects.filter(email__iexact=options["email"]).first()
        if person is None:
            raise CommandError(f"Nobody here has the address {options['email']}.")
        password = _asked_for(person)
        with transaction.atomic():
            person.set_password(password)
            person.save(update_fields=["password"])
            lifecycle.person_changed(person, changes={"password": "set"}, by=Actor.operator())
        self.stdout.write(f"The password of {person.email} was set.")


def _asked_for(person: User) -> str:
    password = getpass.getpass("New password: ")
    if getpass.getpass("New password (again): ") != password:
        raise CommandError("The two passwords differ. Nothing was changed.")
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise CommandError(f"{' '.join(error.messages)} Nothing was changed.") from error
    return password
