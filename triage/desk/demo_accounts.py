"""Staff accounts for trying the site out. They work only on the machine that the site runs on."""

import base64

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import encrypt
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils.crypto import salted_hmac

from triage.desk import accounts
from triage.environment import LOOPBACK_NAMES

DEMO_FRONT_DESK = "demo-frontdesk"
DEMO_ACCOUNTS = {DEMO_FRONT_DESK: accounts.FRONT_DESK, "demo-manager": accounts.MANAGER}
# REMOTE_ADDR of a client on the same machine: IPv4, IPv6, and IPv4 on an IPv6 socket.
LOOPBACK_ADDRESSES = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


def is_refused(user: AbstractBaseUser | AnonymousUser, request: HttpRequest) -> bool:
    """Return whether `user` is a demo account, and `request` does not come straight from this machine."""
    if user.get_username() not in DEMO_ACCOUNTS:
        return False
    host, _port = split_domain_port(request.get_host())
    is_proxied = any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"))
    is_local = host.strip("[]") in LOOPBACK_NAMES and request.META.get("REMOTE_ADDR") in LOOPBACK_ADDRESSES
    return is_proxied or not is_local


def make_demo_accounts() -> list[str]:
    """Make one account for each role. Return lines that say how to sign in.

    The password and the app's key are made from SECRET_KEY, so they stay the same. Recovery codes are new each time.
    """
    seed = RecoveryCodes.generate_seed()
    key, password = (
        base64.b32encode(salted_hmac("triage.desk.demo_accounts", name, algorithm="sha256").digest()[:size]).decode()
        for name, size in (("key", 20), ("password", 10))
    )
    password = password.translate(str.maketrans("IO", "89"))  # the letters that are easily misread
    for username, role in DEMO_ACCOUNTS.items():
        account = accounts.make_account(username=username, role=role, password=password, may_be_kept=True)
        TOTP.activate(account, key)
        codes = RecoveryCodes.activate(account)
        codes.instance.data["seed"] = encrypt(seed)  # the same codes for all accounts
        codes.instance.save()
    return [
        *(f"  {role.lower() + ':':<12}{username}" for username, role in DEMO_ACCOUNTS.items()),
        f"  password:   {password}",
        f"  codes:      {' '.join(codes.generate_codes())}  (each once for each account)",
        f"  or the app: add the key {key} to an authenticator app",
    ]
