"""The staff's sign-in with name, password and second factor: what differs from allauth."""

import base64
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.views import activate_totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from cryptography.fernet import Fernet, InvalidToken
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from triage.booking.actions import record
from triage.booking.fields import PlainText
from triage.booking.limits import client_address
from triage.booking.models import AuditEvent
from triage.desk.accounts import has_given_password, is_enrolled, is_invited, plain_username
from triage.desk.demo_accounts import is_refused

# Keys of a staff session.
SIGNED_IN_AT, SEEN_AT, SECOND_FACTOR, GIVEN_PASSWORD = "signed_in_at", "seen_at", "second_factor", "given_password"
KNOWN_ADDRESS_SECONDS = 30 * 24 * 60 * 60  # how long an address is known after a sign-in
# The pages whose forms work without a session.
OPEN_PAGES = {"account_login", "admin:login", "mfa_authenticate", "account_logout", "admin:logout"}
# The pages for a person who has no second factor yet.
ENROLMENT_PAGES = {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_logout"}

TOO_MANY_TRIES = f"Too many wrong tries. Wait {settings.SIGN_IN_WAIT_MINUTES} minutes, then try again."


# --- Access -----------------------------------------------------------------------
def may_work(request: HttpRequest) -> bool:
    """Return whether the user is active staff, and has shown a second factor in this session."""
    user = request.user
    has_shown_factor = request.session.get(SECOND_FACTOR, False)
    return user.is_active and user.is_staff and has_shown_factor and not is_refused(user, request)


def may_enrol(request: HttpRequest) -> bool:
    """Return whether the user, who has shown the password, may set up the first second factor."""
    user = cast(User, request.user)
    return user.is_staff and not is_refused(user, request) and not is_enrolled(user) and is_invited(user)


def is_over(request: HttpRequest, *, is_use: bool = True) -> bool:
    """Return whether the session was idle for too long or is too old. If not, `is_use` notes that it was used."""
    now, session = time.time(), request.session
    seen_at = session.get(SEEN_AT, 0)
    if now - session.get(SIGNED_IN_AT, 0) > settings.SESSION_COOKIE_AGE or now - seen_at > settings.SESSION_IDLE_AGE:
        return True
    if is_use and now - seen_at > 10:  # not on every request: each is a write
        session[SEEN_AT] = now
    return False


# --- Name and password -------------------------------------------------------------------------
class StaffAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "This name and password do not go together. Check both, and try again.",
        "incorrect_password": "This is not your password. Try again.",
        "too_many_login_attempts": TOO_MANY_TRIES,
        "rate_limited": TOO_MANY_TRIES,
    }

    def is_safe_url(self, url: str | None) -> bool:
        """Return whether `url` is a path of this site."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address as the limits on requests see it; of an IPv6 network the first one."""
        if address := client_address(request):
            return address.partition("/")[0]
        raise PermissionDenied

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try of a password. allauth takes it back if the password was right."""
        self._login_failed_rl_usage = self.count_try(request, "password", credentials.get("username", ""))

    def count_try(self, request: HttpRequest, step: str, name: str) -> RateLimitUsage:
        """Count a try by address and by name. Return it, so that a right one can be taken back.

        A known address of the person is counted separately, so that strangers' tries do not lock out the owner.
        Raises ValidationError after too many tries.
        """
        known = self._known_address_key(request, name)
        key = f"{step} {known if cache.get(known) else name.lower()}"
        usage = ratelimit.consume(request, app="allauth.account", action="wrong_try", key=key)
        if usage is None:
            raise self.validation_error("too_many_login_attempts")
        return usage

    def _known_address_key(self, request: HttpRequest, name: str) -> str:
        """Return the cache key for "this person has signed in from this address": a keyed hash."""
        text = f"{name.lower()} {self.get_client_ip(request)}"
        return "known:" + salted_hmac("backspasm_site.known_address", text, algorithm="sha256").hexdigest()

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        # An unknown name is not stored.
        account = User.objects.filter(username=credentials.get("username")).first()
        record(AuditEvent.What.SIGN_IN_FAILED, by=account, step="password")

    def login(self, request: HttpRequest, user: User) -> None:
        """Start the session after the password and any second factor were right."""
        if not user.is_active:  # closed since the password was typed
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)
        request.session.clear_expired()  # of everyone
        request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = time.time()
        request.session[SECOND_FACTOR] = is_enrolled(user)
        request.session[GIVEN_PASSWORD] = has_given_password(user)
        if request.session[SECOND_FACTOR]:
            cache.set(self._known_address_key(request, user.get_username()), True, KNOWN_ADDRESS_SECONDS)
        record(AuditEvent.What.SIGNED_IN, by=user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password again to change a second factor, but not to add the first one."""
        return is_enrolled(self.request.user)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        return [{"id": "reauthenticate", "description": "Password", "url": reverse("account_reauthenticate")}]


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "autofocus": True}
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder")

    def clean_login(self) -> str:
        """Return the name as it is stored, whatever its case: phones capitalise the first letter."""
        login = plain_username(super().clean_login())
        account = User.objects.filter(username__iexact=login).first()
        return account.get_username() if account else login

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.user is not None and (not self.user.is_staff or is_refused(self.user, self.request)):
            record(AuditEvent.What.SIGN_IN_FAILED, by=self.user, step="password")
            if self.user.is_staff:
                raise ValidationError("The demo accounts work only on the machine that the site runs on.")
            raise StaffAdapter().validation_error("username_password_mismatch")
        if self.user is not None and not is_enrolled(self.user) and not is_invited(self.user):
            record(AuditEvent.What.SIGN_IN_FAILED, by=self.user, step="invitation")
            raise ValidationError(
                f"An app or a passkey must be set up within {settings.INVITATION_HOURS} hours. That time is over."
                " Ask a manager to let you in again."
            )
        return cleaned


# --- The second factor -------------------------------------------------------------------------
class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right, or was used before. Wait for the next one, and try again."
    }

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def encrypt(self, text: str) -> str:
        """Encrypt the secret of a second factor in the database."""
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt it; if SECRET_KEY has changed, return a random secret, so that every code is wrong."""
        try:
            return cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return totp.generate_totp_secret()


def cipher() -> Fernet:
    key = salted_hmac("backspasm_site.second_factor", "", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))


# What the passkey library raises for a malformed answer.
UNREADABLE = (AttributeError, LookupError, TypeError, ValueError, struct.error)


@contextmanager
def counted_try(user: User) -> Iterator[None]:
    """Count a try of the second factor. If it is wrong, record it and raise ValidationError.

    In allauth's own count, a right code would clear all tries from the same address.
    """
    adapter = StaffAdapter()
    usage = adapter.count_try(context.request, "second factor", user.get_username())
    try:
        yield
    except (ValidationError, *UNREADABLE) as error:
        record(AuditEvent.What.SIGN_IN_FAILED, by=user, step="second factor")
        raise SecondFactorAdapter().validation_error("incorrect_code") from error
    usage.rollback()


class CodeForm(AuthenticateForm):
    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        with counted_try(self.user):
            factors = Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN)
            self.authenticator = next((each for each in factors if each.wrap().validate_code(code)), None)
            if self.authenticator is None:
                raise SecondFactorAdapter().validation_error("incorrect_code")
        return code


class PasskeyForm(AuthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        with counted_try(self.user):
            return webauthn.complete_authentication(self.user, self.cleaned_data["credential"])


class AddAppForm(ActivateTOTPForm):
    """Keeps the key when the page is loaded again, as an app may have it already."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        key = totp.get_totp_secret()
        super().__init__(*args, **kwargs)  # makes a new one
        self.secret = context.request.session[totp.SECRET_SESSION_KEY] = key


def add_app(request: HttpRequest) -> HttpResponse:
    """Show allauth's page, or the list of factors if there is an app already, as after a double click."""
    if is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
        return redirect("mfa_index")
    return activate_totp(request)


class AddPasskeyForm(AddWebAuthnForm):
    name = PlainText(longest=100, required=False)

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except UNREADABLE as error:
            raise SecondFactorAdapter().validation_error("incorrect_code") from error


CHANGES = {authenticator_added: "added", authenticator_removed: "removed", authenticator_reset: "replaced"}


@receiver(list(CHANGES))
def on_change(signal: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    request.session[SECOND_FACTOR] = is_enrolled(user)  # to add a second factor is to show it
    details: dict[str, Any] = {CHANGES[signal]: authenticator.type}
    if not is_enrolled(user):
        details["invited"] = True  # to set up another one in place of the last
    record(AuditEvent.What.SECOND_FACTOR, by=user, account=user.pk, **details)


@login_required
@require_http_methods(["GET", "POST"])
def show_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the recovery codes once, after a POST. (On allauth's own page a GET would count.)"""
    codes = get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.RECOVERY_CODES).wrap()
    unused = codes.get_unused_codes()
    shown = unused if request.method == "POST" and not codes.did_view else None
    if shown:
        codes.mark_as_viewed()
    context = {"codes": shown, "were_shown": codes.did_view, "left": len(unused)}
    return render(request, "mfa/recovery_codes/index.html", context)
