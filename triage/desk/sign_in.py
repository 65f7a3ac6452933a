"""How staff sign in: a name, a password, and a second factor. allauth does the work; here stands what we decide."""

import base64
import ipaddress
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm
from cryptography.fernet import Fernet, InvalidToken
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from triage.booking.actions import record
from triage.booking.models import AuditEvent
from triage.desk.accounts import is_enrolled
from triage.desk.demo_accounts import is_refused

# What a staff session holds besides Django's own.
SIGNED_IN_AT, SEEN_AT, SECOND_FACTOR = "signed_in_at", "seen_at", "second_factor"
# From where a person has signed in before, for this long.
KNOWN_ADDRESS_SECONDS = 30 * 24 * 60 * 60
# What a person without a second factor may open.
ENROLMENT_PAGES = {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_logout"}


# --- Who may open a page -----------------------------------------------------------------------
def may_work(request: HttpRequest) -> bool:
    """Whether this is a person of the staff who has shown a second factor in this session."""
    user = request.user
    return bool(
        user.is_active
        and getattr(user, "is_staff", False)
        and request.session.get(SECOND_FACTOR)
        and not is_refused(user, request)
    )


def may_enrol(request: HttpRequest) -> bool:
    """Whether this person has shown the password, and has no second factor to show."""
    user = request.user
    return isinstance(user, User) and user.is_staff and not is_refused(user, request) and not is_enrolled(user)


def is_over(request: HttpRequest) -> bool:
    """Whether this session sat idle for too long, or lasted too long. If it goes on, this moment counts."""
    now, session = time.time(), request.session
    seen_at = session.get(SEEN_AT, 0)
    if now - session.get(SIGNED_IN_AT, 0) > settings.SESSION_COOKIE_AGE or now - seen_at > settings.SESSION_IDLE_AGE:
        return True
    if now - seen_at > 10:  # not at every click: each is a write
        session[SEEN_AT] = now
    return False


# --- Name and password -------------------------------------------------------------------------
class StaffAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "This name and password do not go together. Check both, and try again.",
        "incorrect_password": "This is not your password. Try again.",
        "too_many_login_attempts": "Too many wrong tries. Wait 15 minutes, then try again.",
        "rate_limited": "Too many wrong tries. Wait 15 minutes, then try again.",
        "incorrect_code": "This code is not right, or was used before. Wait for the next one, and try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only a page of this site, by its path."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        """As IPv4 where it is one. The library counts each network of IPv6 as one, and ::ffff:192.0.2.1 is in one."""
        address = ipaddress.ip_address(super().get_client_ip(request))
        return str(getattr(address, "ipv4_mapped", None) or address)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong tries are counted by name. (The library's own key has the Host header in it, which anyone can vary.)

        An address that the person has signed in from counts by itself, so that a stranger who keeps trying
        a name does not lock its owner out.
        """
        name = credentials.get("username", "").lower()
        key = f"{name} {self.get_client_ip(request)}"
        return key if cache.get(_known_address(key)) else name

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        failed_sign_in(User.objects.filter(username=credentials.get("username")).first(), "password")

    def login(self, request: HttpRequest, user: User) -> None:
        """All was right: the password, and the second factor of who has one."""
        if not user.is_active:  # since the password was typed
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)
        request.session.clear_expired()  # what others left behind
        request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = time.time()
        request.session[SECOND_FACTOR] = is_enrolled(user)
        if request.session[SECOND_FACTOR]:
            key = f"{user.get_username().lower()} {self.get_client_ip(request)}"
            cache.set(_known_address(key), True, KNOWN_ADDRESS_SECONDS)
        record(AuditEvent.What.SIGNED_IN, by=user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who changes a second factor types the password again. The first one is added right after the password."""
        return is_enrolled(self.request.user)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        return [{"id": "reauthenticate", "description": "Password", "url": reverse("account_reauthenticate")}]


def _known_address(key: str) -> str:
    return "known:" + salted_hmac("backspasm_site.known_address", key, algorithm="sha256").hexdigest()


def failed_sign_in(account: User | None, step: str) -> None:
    """Records it. account: None where nobody has the name that was typed, which is kept nowhere."""
    record(AuditEvent.What.SIGN_IN_FAILED, by=account, step=step)


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget = forms.TextInput({"autocomplete": "username", "autofocus": True, "maxlength": 150})
        self.fields["password"].widget.attrs.pop("placeholder")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.user is not None and (not self.user.is_staff or is_refused(self.user, self.request)):
            failed_sign_in(self.user, "password")
            if self.user.is_staff:
                raise ValidationError("The demo accounts work only on the machine that the site runs on.")
            raise StaffAdapter().validation_error("username_password_mismatch")
        return cleaned


# --- The second factor -------------------------------------------------------------------------
class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": StaffAdapter.error_messages["incorrect_code"],
    }

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def encrypt(self, text: str) -> str:
        """What second factors are made from stands in the database unreadable, also in each copy of it."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """With a new SECRET_KEY no code is right any more. (`manage.py make_manager` lets the first manager in.)"""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return generate_totp_secret()


def _cipher() -> Fernet:
    return Fernet(
        base64.urlsafe_b64encode(salted_hmac("backspasm_site.second_factor", "", algorithm="sha256").digest())
    )


class RecordsFailure(forms.Form):
    """A wrong second factor stands in the audit trail, like a wrong password."""

    def clean(self) -> dict[str, Any] | None:
        if any(self.has_error(field, "incorrect_code") for field in self.fields):
            failed_sign_in(self.user, "second factor")  # type: ignore[attr-defined]
        return super().clean()


class CodeForm(RecordsFailure, AuthenticateForm):
    code = forms.CharField(
        label="Code", max_length=20, widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True})
    )

    def clean_code(self) -> str:
        code = super().clean_code()
        # The library remembers a used code for one period, but takes it for three (MFA_TOTP_TOLERANCE).
        digits = "".join(filter(str.isdigit, code))
        if self.authenticator.type == Authenticator.Type.TOTP and not cache.add(f"used:{self.user.pk}:{digits}", 1, 90):
            raise SecondFactorAdapter().validation_error("incorrect_code")
        return code


class PasskeyForm(RecordsFailure, AuthenticateWebAuthnForm):
    pass


@receiver(authenticator_added)
def added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    # To add one is to show it: the app's code was right, the passkey answered.
    request.session[SECOND_FACTOR] = is_enrolled(user)
    record(AuditEvent.What.SECOND_FACTOR, by=user, account=user.pk, added=authenticator.type)


@receiver(authenticator_removed)
def removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    request.session[SECOND_FACTOR] = is_enrolled(user)
    record(AuditEvent.What.SECOND_FACTOR, by=user, account=user.pk, removed=authenticator.type)


@receiver(authenticator_reset)
def replaced(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record(AuditEvent.What.SECOND_FACTOR, by=user, account=user.pk, replaced=authenticator.type)


@login_required
@require_http_methods(["GET", "POST"])
def show_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Shows the recovery codes once, in answer to a button. (On the library's own page a GET uses up that once.)"""
    codes = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).first()
    if codes is None:
        raise Http404
    wrapped = codes.wrap()
    shown = wrapped.get_unused_codes() if request.method == "POST" and not wrapped.did_view else None
    if shown:
        wrapped.mark_as_viewed()
    context = {"codes": shown, "were_shown": wrapped.did_view and not shown, "left": len(wrapped.get_unused_codes())}
    return render(request, "mfa/recovery_codes/index.html", context)
