"""The staff's accounts: roles, and what is done to an account. Every change has its line in the audit trail.

An account is never deleted, only closed: what it did stays signed.
"""

import secrets

from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from triage.booking.actions import record
from triage.booking.models import AuditEvent

# The names of the groups. What each may do stands in the migrations.
FRONT_DESK, MANAGER = "Front desk", "Manager"
ROLES = (FRONT_DESK, MANAGER)


def is_enrolled(account: User) -> bool:
    """Whether the account has a second factor. Recovery codes are none: they stand in for one that is lost."""
    factors = Authenticator.objects.filter(user=account)
    return factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def new_password() -> str:
    return secrets.token_urlsafe(12)


@transaction.atomic
def make_account(*, username: str, role: str, password: str) -> User:
    """The account of that name with this role, for which the password alone is enough until its next sign-in.

    An account that is there is let in anew: its second factor and its sessions end.
    """
    account, is_new = User.objects.get_or_create(username=username)
    account.is_active = account.is_staff = True
    account.set_password(password)
    account.save()
    set_role(account, role)
    if not is_new:
        reset_second_factor(account=account, by=None)
    record(AuditEvent.What.ACCOUNT, account=account.pk, fields=["username", "role", "password"])
    return account


def set_role(account: User, role: str) -> None:
    account.groups.set(Group.objects.filter(name=role))


@transaction.atomic
def reset_second_factor(*, account: User, by: User | None) -> None:
    """The person lost it. At the next sign-in they set up a new one. by: None is who runs the server."""
    Authenticator.objects.filter(user=account).delete()
    end_sessions(account)
    record(AuditEvent.What.SECOND_FACTOR, by=by, account=account.pk, removed="all")


def end_sessions(account: User) -> None:
    """Signs the account out everywhere."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get(SESSION_KEY) == str(account.pk):
            session.delete()
