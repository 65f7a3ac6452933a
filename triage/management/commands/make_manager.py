from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from triage.booking.models import StaffAccount
from triage.desk import accounts as staff


class Command(BaseCommand):
    help = "Makes the first manager, who makes all others, or lets in one who lost the password or second factor."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the person signs in with")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        name = staff.plain_username(name)
        try:
            StaffAccount._meta.get_field("username").clean(name, None)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from error
        password = staff.new_password()
        name = staff.make_account(username=name, role=staff.MANAGER, password=password).get_username()
        hours = settings.INVITATION_HOURS
        self.stdout.write(f"Sign in at {settings.SITE_URL}/admin/ and set up an app or a passkey within {hours} hours.")
        self.stdout.write("Then choose a password of your own.")
        self.stdout.write(f"  name:     {name}\n  password: {password}")
