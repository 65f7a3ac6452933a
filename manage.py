#!/usr/bin/env python3
"""Django's command line for the back spasm site."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backspasm_site.settings")
    if "doctor" in sys.argv[1:2]:
        os.environ.setdefault("DATABASE_SECONDS", "3")  # doctor tests the database with the pages' own limit
    else:
        os.environ["DATABASE_SECONDS"] = "0"  # no limit for migrations; .env sets the one for pages
    try:
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError:
        sys.exit(
            "Django is not installed here. `make run` builds the environment; then use .venv/bin/python manage.py …"
        )
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:  # one sentence instead of a traceback
        sys.exit(f"The database says: {error}")
    except OSError as error:  # a missing folder, a folder of another user, a full disk
        sys.exit(str(error))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped.")
