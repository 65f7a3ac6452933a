"""Prints a Cookie header for each role, of a staff session with a second factor.

    python -m tests.sec.session Manager "Front desk"

The rigs of docs/security-figures.md cannot sign in with a second factor. Without a role the account has no permissions.
"""

import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402 - settings first
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from triage.desk import accounts, sign_in  # noqa: E402

for role in sys.argv[1:] or [""]:
    name = f"probe {role}".replace(" ", "-")
    account = accounts.make_account(username=name, role=role, password=accounts.new_password())
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[sign_in.SECOND_FACTOR] = True
    session[sign_in.SIGNED_IN_AT] = session[sign_in.SEEN_AT] = time.time()
    session.create()
    print(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
