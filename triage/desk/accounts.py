"""Staff accounts: roles, and what is done to an account. Every change has its line in the audit trail.

Managers make accounts, give them a role, close them, and let someone in again who lost a secret. An account is never
deleted, only closed: what it did stays signed.
"""

import secrets
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime

from triage.booking.actions import record
from triage.booking.models import AuditEvent, StaffAccount
from triage.desk.base import StaffModelAdmin

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


HISTORY_LINES = 20
FACTORS = {Authenticator.Type.TOTP: "app", Authenticator.Type.WEBAUTHN: "passkey"}


class OwnAccountForm(forms.ModelForm):
    """What managers may change of their own account. A password is changed at "Change password"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name", "email"):
            self.fields[name].required = True

    class Meta:
        model = StaffAccount
        fields: tuple[str, ...] = ("username", "first_name", "last_name", "email")
        labels = {"email": "Work email"}
        help_texts = {"username": "What the person signs in with: letters, digits and @ . + - _"}

    def clean_username(self) -> str:
        """Names that differ only in case would be one to a person."""
        name = self.cleaned_data["username"]
        if StaffAccount.objects.filter(username__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Someone has this name already. Choose another.")
        return name


class NewAccountForm(OwnAccountForm):
    role = forms.ModelChoiceField(
        Group.objects.filter(name__in=ROLES),
        to_field_name="name",
        help_text="Front desk works on requests. A manager also exports and erases them, and keeps the accounts.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["role"] = self.instance.groups.first()


class AccountForm(NewAccountForm):
    new_password = forms.BooleanField(
        required=False, label="Give a new password", help_text="The next page shows it, once."
    )
    reset_second_factor = forms.BooleanField(
        required=False, help_text="The person lost it. At the next sign-in they set up a new one."
    )

    class Meta(OwnAccountForm.Meta):
        fields = (*OwnAccountForm.Meta.fields, "is_active")
        labels = OwnAccountForm.Meta.labels | {"is_active": "May sign in"}
        help_texts = OwnAccountForm.Meta.help_texts | {
            "is_active": "Uncheck it when someone leaves. Accounts are never deleted: what they did stays signed."
        }


@admin.register(StaffAccount)
class StaffAccountAdmin(StaffModelAdmin):
    list_display = ("username", "name", "role", "is_active", "second_factor", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    readonly_fields = ("second_factor", "last_login", "history")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Whoever may do everything is made and kept by who runs the server."""
        return super().get_queryset(request).filter(is_superuser=False).prefetch_related("groups", "authenticator_set")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "is_active__exact"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = NewAccountForm if obj is None else OwnAccountForm if obj.pk == request.user.pk else AccountForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        person = ("username", "first_name", "last_name", "email")
        if obj is None:
            return ((None, {"fields": (*person, "role")}),)
        state = (None, {"fields": ("second_factor", "last_login", "history")})
        if obj.pk == request.user.pk:
            return ((None, {"fields": person}), state)
        help_in = ("Help this person in", {"fields": ("new_password", "reset_second_factor")})
        return ((None, {"fields": (*person, "role", "is_active")}), help_in, state)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Staff accounts"} | (extra_context or {}))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What happened stands on the account's own page. Django's page would show its log, which is empty."""
        return redirect("admin:triage_staffaccount_change", object_id)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: StaffAccount, form: forms.ModelForm, change: bool) -> None:
        fields = [name for name in form.changed_data if name != "reset_second_factor"]
        asked = form.cleaned_data
        by = cast(User, request.user)
        obj.is_staff = True
        if not change or asked.get("new_password"):
            password = new_password()
            obj.set_password(password)
            self.message_user(
                request,
                f"The password of {obj} is {password} – write it down, it is not shown again. "
                "Give it to the person yourself. They can change it once they are in.",
                messages.WARNING,
            )
        super().save_model(request, obj, form, change)
        if "role" in fields:
            set_role(obj, asked["role"].name)
        if asked.get("reset_second_factor"):
            reset_second_factor(account=obj, by=by)
        if change and {"role", "is_active", "new_password"} & set(fields):
            end_sessions(obj)
        if fields:
            record(AuditEvent.What.ACCOUNT, by=by, account=obj.pk, fields=fields)

    @admin.display(description="name")
    def name(self, obj: StaffAccount) -> str:
        return obj.get_full_name() or "–"

    @admin.display(description="role")
    def role(self, obj: StaffAccount) -> str:
        return ", ".join(group.name for group in obj.groups.all()) or "–"

    @admin.display(description="second factor")
    def second_factor(self, obj: Any) -> str:
        kinds = {FACTORS[factor.type] for factor in obj.authenticator_set.all() if factor.type in FACTORS}
        return ", ".join(sorted(kinds)) or "not set up yet"

    @admin.display(description="what happened lately")
    def history(self, obj: StaffAccount) -> str:
        events = AuditEvent.objects.filter(details__account=obj.pk).select_related("by")[:HISTORY_LINES]
        lines = (
            (date_format(localtime(each.at), "DATETIME_FORMAT"), each.get_what_display(), each.by or "the server")
            for each in events
        )
        return format_html_join(mark_safe("<br>"), "{}: {}, by {}", lines) or "–"
