"""Staff accounts: roles, passwords, second factors. Every change is recorded in the audit trail.

An account is closed and never deleted, so that the audit trail still names who acted. Not Django's UserAdmin, whose
password page, permissions and superuser flag would have to be removed again.
"""

import datetime as dt
from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser, Group, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.crypto import get_random_string

from triage.booking.actions import COLLEAGUES, assign, record
from triage.booking.fields import PlainText
from triage.booking.models import UNFINISHED, AuditEvent, BookingRequest, StaffAccount, StaffLocation
from triage.booking.search import name_words
from triage.desk.base import DeskAdmin
from triage.desk.display import EMPTY, format_moment, in_lines
from triage.desk.history import history_lines
from triage.text import clean, fold

# The names of the groups. Their permissions are set in the migrations.
FRONT_DESK, MANAGER = "Front desk", "Manager"
ROLES = (FRONT_DESK, MANAGER)
# Not recovery codes, which only replace a lost second factor.
FACTOR_NAMES = {Authenticator.Type.TOTP: "app", Authenticator.Type.WEBAUTHN: "passkey"}


def is_enrolled(account: User) -> bool:
    """Return whether the account has a second factor."""
    return is_mfa_enabled(account, FACTOR_NAMES)


def is_invited(account: User) -> bool:
    """Return whether the password alone may set up a first second factor: for INVITATION_HOURS after an invitation."""
    since = timezone.now() - dt.timedelta(hours=settings.INVITATION_HOURS)
    return AuditEvent.objects.filter(at__gt=since, details__account=account.pk, details__invited=True).exists()


def plain_username(typed: str) -> str:
    """Return a username as it is stored: in Unicode's form NFKC, without invisible characters."""
    return clean(User.normalize_username(typed))


def new_password() -> str:
    """Return a random password without characters that are easily misread, such as I, l and 1."""
    return get_random_string(16, "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789")


def has_given_password(account: User) -> bool:
    """Return whether the present password was given by somebody else, so that the owner must change it."""
    changes = AuditEvent.objects.filter(what=AuditEvent.What.ACCOUNT, details__account=account.pk)
    own = Q(by=account, details__fields=["password"])
    last = changes.filter(own | Q(details__invited=True)).first()
    return last is not None and last.by != account and not last.details.get("may_be_kept")


@transaction.atomic
def make_account(*, username: str, role: str, password: str, may_be_kept: bool = False) -> User:
    """Create an account, or give a stored one a new role and password, without its second factor and sessions.

    username: in any case. role: one of ROLES. may_be_kept: the password need not be changed at the first sign-in.
    """
    stored = User.objects.filter(username__iexact=username).first()
    account = stored or User(username=username)
    account.is_active = account.is_staff = True
    account.set_password(password)
    account.save()
    account.groups.set(Group.objects.filter(name=role))
    if stored:
        reset_second_factor(account=account, by=None)
    kept: dict[str, Any] = {"may_be_kept": True} if may_be_kept else {}
    fields = ["username", "role", "password"]
    record(AuditEvent.What.ACCOUNT, account=account.pk, fields=fields, invited=True, **kept)
    return account


@transaction.atomic
def reset_second_factor(*, account: User, by: User | None) -> None:
    """Remove every second factor and end the sessions. by: the manager; None for a command on the server."""
    Authenticator.objects.filter(user=account).delete()
    end_sessions(account)
    record(AuditEvent.What.SECOND_FACTOR, by=by, account=account.pk, removed="all", invited=True)


def end_sessions(account: User) -> None:
    """Sign the account out everywhere."""
    for session in Session.objects.all():
        if session.get_decoded().get(SESSION_KEY) == str(account.pk):
            session.delete()


def open_requests(account: User) -> QuerySet[BookingRequest]:
    """Return the requests assigned to the account that still need a call or a visit."""
    return BookingRequest.objects.filter(assigned_to=account.pk, status__in=UNFINISHED)


def location_of(user: User | AnonymousUser) -> str:
    """Return the code of the location where a person works; "" for all, or if the clinic no longer has it."""
    works_at = StaffLocation.objects.filter(user=user.pk).first()
    codes = [place.code for place in settings.CLINIC.locations]
    return works_at.location if works_at and works_at.location in codes else ""


def at_desk(location: str) -> Q:
    """Return the condition for the requests of a location's desk, or for all requests if it is "".

    Requests for any location belong to all desks. A visit belongs to the desk where it takes place.
    """
    others = [place.code for place in settings.CLINIC.locations if location and place.code != location]
    return ~(Q(visit_location__in=others) | (~Q(visit_location=location) & Q(location__in=others)))


HISTORY_LINES = 20
PERSON = ("username", "first_name", "last_name", "email", "role", "location")
LEAVES = ("is_active", "give_to")
HELP_IN = ("new_password", "reset_second_factor")
STATE = ("second_factor", "last_sign_in", "history")
SHORT: dict[str, Any] = {"longest": 150, "widget": AdminTextInputWidget}


class AccountForm(forms.ModelForm):
    username = PlainText(**SHORT, help_text="What the person signs in with: letters, digits and @ . + - _")
    first_name = PlainText(**SHORT)
    last_name = PlainText(**SHORT)
    email = PlainText(**SHORT, label="Work email")
    role = forms.ModelChoiceField(
        Group.objects.filter(name__in=ROLES),
        to_field_name="name",
        help_text="Front desk works on requests. A manager also exports and erases them, closes days, keeps accounts.",
    )
    location = forms.ChoiceField(
        choices=[("", "All locations"), *((place.code, place.name) for place in settings.CLINIC.locations)],
        required=False,
        label="Works at",
        help_text="The list opens with the requests for this location and for any. All others are one click away.",
    )
    new_password = forms.BooleanField(
        required=False, label="Give a new password", help_text="The next page shows it, once."
    )
    reset_second_factor = forms.BooleanField(
        required=False,
        label="Reset the app and passkeys",
        help_text="The person lost them, or set up none in time."
        f" They set up new ones when they sign in during the next {settings.INVITATION_HOURS} hours.",
    )
    give_to = forms.ModelChoiceField(
        COLLEAGUES, required=False, empty_label="Nobody", label="Then their open requests go to"
    )

    class Meta:
        labels = {"is_active": "May sign in"}
        help_texts = {"is_active": "Uncheck it when someone leaves. No account is deleted: what they did stays signed."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["role"] = self.instance.groups.first()
            self.initial["location"] = location_of(self.instance)
        if "give_to" in self.fields:
            give_to = cast(forms.ModelChoiceField, self.fields["give_to"])
            give_to.queryset = COLLEAGUES.exclude(pk=self.instance.pk)
            give_to.help_text = f"Open requests of this person now: {open_requests(self.instance).count()}"
        # The page also posts what it was opened with: see clean.
        is_from_page = not self.is_bound or self.add_initial_prefix("username") in self.data
        for field in self.fields.values():
            field.show_hidden_initial = is_from_page

    def clean(self) -> dict[str, Any]:
        """Keep the stored value of each field that was not changed on this page: a colleague may have changed it."""
        data = super().clean() or {}
        kept = data.keys() & self.initial.keys() - set(self.changed_data)
        data |= {name: self.initial[name] for name in kept}
        if data.get("give_to") and data.get("is_active"):
            self.add_error("give_to", "Uncheck “May sign in”, too. Who stays gives requests away in the list.")
        return data

    def clean_username(self) -> str:
        """Reject a name that differs from another only in case."""
        name = plain_username(self.cleaned_data["username"])
        if StaffAccount.objects.filter(username__iexact=name).exclude(pk=self.instance.pk).exists():
            # After a double click on "Save" the account exists, and nobody has seen its password.
            told = "Someone has this name already. Choose another, or open that account to give a new password."
            raise forms.ValidationError(told)
        return name


@admin.register(StaffAccount)
class StaffAccountAdmin(DeskAdmin):
    form = AccountForm
    list_display = ("username", "name", "role", "is_active", "second_factor", "last_sign_in")
    list_filter = ("is_active",)
    search_fields = ("username", "first_name", "last_name", "email")  # shows the box; get_search_results decides

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Leave out superusers: they are managed on the server."""
        return super().get_queryset(request).filter(is_superuser=False).prefetch_related("groups", "authenticator_set")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Compare folded words, as the search for requests does."""
        words = name_words(search_term)
        told = {each.pk: fold(f"{each.username} {each.get_full_name()} {each.email}") for each in queryset}
        found = [pk for pk, text in told.items() if all(word in text for word in words)]
        return queryset.filter(pk__in=found), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the fields that may not be changed. No post can set them, as they are not in the form."""
        if obj is None:
            return (*STATE, *HELP_IN, "give_to")
        return (*STATE, *HELP_IN, "give_to", "role") if obj.pk == request.user.pk else STATE

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        state = (None, {"fields": STATE})
        if obj is None:
            return [(None, {"fields": PERSON})]
        if obj.pk == request.user.pk:
            return [(None, {"fields": PERSON}), state]
        help_in = ("Help this person in", {"fields": HELP_IN})
        return [(None, {"fields": (*PERSON, *LEAVES)}), help_in, state]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Redirect to the account's page, which shows its history. Django's own log is empty."""
        return redirect("admin:triage_staffaccount_change", object_id)

    def save_model(self, request: HttpRequest, obj: StaffAccount, form: forms.ModelForm, change: bool) -> None:
        by, changed = cast(User, request.user), form.changed_data
        obj.is_staff = True
        told = [name for name in ("role", "is_active") if name in changed]
        values = {name: [str(form.initial.get(name, "")), str(form.cleaned_data[name])] for name in told}
        details: dict[str, Any] = {"changed": values} if told else {}
        if not change or "new_password" in changed:
            obj.new_password = new_password()
            obj.set_password(obj.new_password)
            details["invited"] = True
        super().save_model(request, obj, form, change)
        if "role" in changed:
            obj.groups.set([form.cleaned_data["role"]])
        if "location" in changed:
            StaffLocation.objects.update_or_create(user=obj, defaults={"location": form.cleaned_data["location"]})
        if "reset_second_factor" in changed:
            reset_second_factor(account=obj, by=by)
        # Not for a new role, which holds from the next click on anyway: a note may just be typed.
        if change and {"is_active", "new_password"}.intersection(changed):
            end_sessions(obj)
        if change and not obj.is_active:
            self.hand_over(request, obj, form.cleaned_data["give_to"])
        if fields := [name for name in changed if name not in ("reset_second_factor", "give_to", *told)]:
            details["fields"] = fields
        if details:
            record(AuditEvent.What.ACCOUNT, by=by, account=obj.pk, **details)

    def hand_over(self, request: HttpRequest, account: StaffAccount, to: User | None) -> None:
        requests = list(open_requests(account))
        for each in requests:
            assign(request=each, to=to, by=cast(User, request.user))
        if requests:
            messages.info(request, f"Open requests that went from {account} to {to or 'nobody'}: {len(requests)}.")

    def response_add(self, request: HttpRequest, obj: StaffAccount, post_url_continue: Any = None) -> HttpResponse:
        """Show the new password in this response only. It is stored nowhere else."""
        hours = 0 if is_enrolled(obj) else settings.INVITATION_HOURS
        context = {"opts": self.opts, "title": f"The password of {obj}", "account": obj, "hours": hours}
        context |= self.admin_site.each_context(request)
        return TemplateResponse(request, "admin/triage/staffaccount/password.html", context)

    def response_change(self, request: HttpRequest, obj: StaffAccount) -> HttpResponse:
        return self.response_add(request, obj) if obj.new_password else super().response_change(request, obj)

    def name(self, obj: StaffAccount) -> str:
        return obj.get_full_name()

    def role(self, obj: StaffAccount) -> str:
        return ", ".join(group.name for group in obj.groups.all())

    @admin.display(description="last sign-in")
    def last_sign_in(self, obj: StaffAccount) -> str:
        return format_moment(obj.last_login) if obj.last_login else EMPTY

    @admin.display(description="app or passkey")
    def second_factor(self, obj: Any) -> str:
        names = {FACTOR_NAMES[factor.type] for factor in obj.authenticator_set.all() if factor.type in FACTOR_NAMES}
        return ", ".join(sorted(names)) or "not set up yet"

    @admin.display(description="what happened lately")
    def history(self, obj: StaffAccount) -> str:
        kinds = AuditEvent.What.ACCOUNT, AuditEvent.What.SECOND_FACTOR  # few events; others have no index by account
        events = AuditEvent.objects.filter(what__in=kinds, details__account=obj.pk).select_related("by")[:HISTORY_LINES]
        lines = history_lines(events)
        return in_lines(f"{format_moment(event.at)}: {words}, by {event.by or 'the server'}" for event, words in lines)
