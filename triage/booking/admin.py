"""The staff's queue of requests. It shows; every change goes through triage.booking.actions."""

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from triage.booking import actions
from triage.booking.fields import PlainText, as_rfc3966
from triage.booking.models import OPEN, BookingRequest, Language, Status, Weekday
from triage.clinical.care_levels import CareLevel

# Where a request can be sent: what the button says, and the action behind it.
MOVES: dict[Status, tuple[Any, Callable[..., BookingRequest]]] = {
    Status.CONTACTED: (_("Mark contacted"), actions.mark_contacted),
    Status.SCHEDULED: (_("Mark scheduled"), actions.mark_scheduled),
    Status.CLOSED: (_("Close"), actions.close_request),
    Status.SPAM: (_("Mark spam"), actions.mark_spam),
    Status.NEW: (_("Reopen"), actions.reopen_request),
}


class QueueFilter(admin.SimpleListFilter):
    """A filter on one field. A value it does not know filters nothing."""

    field = ""
    empty_value: Any = ""  # stands in the database where the address says "none"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value not in {str(known) for known, _label in self.lookup_choices}:
            return queryset
        return queryset.filter(**{self.field: self.empty_value if value == "none" else value})


class StatusFilter(QueueFilter):
    """Open requests, unless someone asks for others. A search looks through all of them."""

    title, parameter_name, field = _("status"), "status", "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Open")), *Status.choices, ("all", _("All"))]

    def value(self) -> str:
        value = super().value()
        if value in dict(self.lookup_choices):
            return value
        return "all" if self.request.GET.get("q") else "open"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "all":
                return queryset
            case "open":
                return queryset.filter(status__in=OPEN)
            case status:
                return queryset.filter(status=status)

    def choices(self, changelist: Any) -> Iterator[Any]:
        for value, label in self.lookup_choices:
            address = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": self.value() == value, "query_string": address, "display": label}


class LevelFilter(QueueFilter):
    title, parameter_name, field, empty_value = _("shared level"), "level", "shared_level__exact", None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((str(level.value), gettext(level.shown.label)) for level in CareLevel), ("none", _("Not shared"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "none":
            return queryset.filter(shared_level=None)
        return super().queryset(request, queryset)


class LocationFilter(QueueFilter):
    title, parameter_name, field = _("location"), "location", "location"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((place.code, place.name) for place in settings.CLINIC.locations), ("none", _("Any of these"))]


class LanguageFilter(QueueFilter):
    title, parameter_name, field = _("language"), "language", "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Language.choices


class NoteForm(forms.ModelForm):
    """All that staff can type on a request's page. Whatever the patient sent is only shown."""

    new_note = PlainText(
        label=_("New note"),
        help_text=_("For the staff only. A note cannot be changed later."),
        longest=2000,
        too_long=_("Use 2,000 characters or less in one note"),
        lines=True,
        required=False,
        widget=forms.Textarea({"rows": 3, "class": "vLargeTextField"}),
    )

    class Meta:
        model = BookingRequest
        fields: list[str] = []


def _for_many(to: Status) -> Callable[..., None]:
    """The list's action that moves all checked requests."""

    @admin.action(description=MOVES[to][0], permissions=["change"])
    def move(self: "BookingRequestAdmin", request: HttpRequest, queryset: QuerySet) -> None:
        moved = sum(self.move(request, each, to, is_silent=True) for each in queryset)
        if moved:
            words = ngettext("%d request is now %s.", "%d requests are now %s.", moved)
            self.message_user(request, words % (moved, to.label.lower()), messages.SUCCESS)

    move.__name__ = MOVES[to][1].__name__
    return move


@admin.register(BookingRequest)
class BookingRequestAdmin(admin.ModelAdmin):
    form = NoteForm
    list_display = (
        "number_shown",
        "waiting",
        "level_shown",
        "status",
        "name",
        "phone_link",
        "location_shown",
        "language",
    )
    list_filter = (StatusFilter, LevelFilter, LocationFilter, LanguageFilter)
    ordering = ("created_at", "id")
    sortable_by = ()
    search_fields = ("number",)  # shows the box; get_search_results decides what it finds
    search_help_text = _("Request number, phone number or email address, as people write them")
    # A page with all boxes checked must stay under the 100 fields that a post may have.
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = [_for_many(to) for to in MOVES]
    fieldsets = (
        (None, {"fields": ("status", "waiting", "created_at", "moved_shown")}),
        (
            _("Patient"),
            {"fields": ("name", "for_whom", "phone_link", "email_link", "reach_by", "good_time", "language")},
        ),
        (_("Visit"), {"fields": ("days_shown", "part_of_day", "location_shown", "note")}),
        (_("Symptom answers"), {"fields": ("answers_shown",)}),
        (_("Notes"), {"fields": ("notes_shown",)}),
    )
    readonly_fields = tuple(flatten_fieldsets(fieldsets))

    # --- What staff may do ---------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the filters above. Stock admin would hand `?name__regex=(` to the database."""
        return lookup in {each.parameter_name for each in self.list_filter}

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Exact: a request number, phone number (any extension) or email, however it is written."""
        if not search_term:
            return queryset, False
        wanted = Q(number=re.sub(r"[\s-]", "", search_term).upper()) | Q(email_lower=search_term.lower())
        if phone := as_rfc3966(search_term).partition(";ext=")[0]:
            wanted |= Q(phone__startswith=phone)
        return queryset.alias(email_lower=Lower("email")).filter(wanted), False

    # --- What a change does --------------------------------------------------------------------

    def move(self, request: HttpRequest, obj: BookingRequest, to: Status, is_silent: bool = False) -> bool:
        """Moves one request and says how it went. False if it may not go there."""
        before = obj.get_status_display()
        try:
            moved = MOVES[to][1](request=obj, by=request.user)
        except actions.StatusError as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        self.log_change(request, moved, f"{before} → {moved.get_status_display()}")
        if not is_silent:
            link = format_html('<a href="{}">{}</a>', request.path, moved)
            said = format_html(gettext("{} is now {}."), link, moved.get_status_display().lower())
            self.message_user(request, said, messages.SUCCESS)
        return True

    def save_model(self, request: HttpRequest, obj: BookingRequest, form: NoteForm, change: bool) -> None:
        """Nothing of the request itself can be saved here: only a note is added."""
        if text := form.cleaned_data["new_note"]:
            actions.add_note(request=obj, by=cast(User, request.user), text=text)
            self.message_user(request, gettext("The note was added."), messages.SUCCESS)

    def log_change(self, request: HttpRequest, obj: BookingRequest, message: Any) -> Any:
        return super().log_change(request, obj, message) if message else None

    def response_change(self, request: HttpRequest, obj: BookingRequest) -> HttpResponse:
        """After a move on to the queue, for the next one; after a note, or a move refused, the request again."""
        wanted = next((to for to in MOVES if f"_move_{to}" in request.POST), None)
        if wanted and self.move(request, obj, wanted):
            return self.response_post_save_change(request, obj)
        return HttpResponseRedirect(request.get_full_path())

    # --- What a page shows ---------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": gettext("Requests")} | (extra_context or {}))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return (
            (*fieldsets, (None, {"fields": ("new_note",)})) if self.has_change_permission(request, obj) else fieldsets
        )

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        allowed = actions.ALLOWED_MOVES[Status(obj.status)]
        context["moves"] = [(to, label) for to, (label, _action) in MOVES.items() if to in allowed]
        context["title"] = gettext("Request")
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description=_("number"))
    def number_shown(self, obj: BookingRequest) -> str:
        return str(obj).replace(" ", "\u00a0")  # one number, never broken over two lines

    @admin.display(description=_("waiting"))
    def waiting(self, obj: BookingRequest) -> str:
        """How long an open request has waited, in the roughest unit that still tells."""
        if not obj.is_open:
            return "–"
        minutes = int((timezone.now() - obj.created_at).total_seconds() // 60)
        if minutes < 60:
            return gettext("%d min") % max(minutes, 0)
        hours = minutes // 60
        return gettext("%d h") % hours if hours < 48 else gettext("%d days") % (hours // 24)

    @admin.display(description=_("status changed"))
    def moved_shown(self, obj: BookingRequest) -> str:
        if obj.status_changed_at is None:
            return "–"
        when = date_format(timezone.localtime(obj.status_changed_at), "DATETIME_FORMAT")
        return gettext("%(when)s by %(who)s") % {"when": when, "who": obj.status_changed_by}

    @admin.display(description=_("shared level"))
    def level_shown(self, obj: BookingRequest) -> str:
        return gettext("not shared") if obj.shared_level is None else gettext(CareLevel(obj.shared_level).shown.label)

    @admin.display(description=_("phone"))
    def phone_link(self, obj: BookingRequest) -> str:
        return format_html('<a href="{}">{}</a>', obj.phone.as_rfc3966, obj.phone_shown) if obj.phone else "–"

    @admin.display(description=_("email"))
    def email_link(self, obj: BookingRequest) -> str:
        return format_html('<a href="mailto:{0}">{0}</a>', obj.email) if obj.email else "–"

    @admin.display(description=_("location"))
    def location_shown(self, obj: BookingRequest) -> str:
        names = {place.code: place.name for place in settings.CLINIC.locations}
        return names.get(obj.location, obj.location) or gettext("any")

    @admin.display(description=_("days that work"))
    def days_shown(self, obj: BookingRequest) -> str:
        return ", ".join(str(Weekday(day).label) for day in obj.preferred_days) or gettext("any")

    @admin.display(description=_("shared with consent"))
    def answers_shown(self, obj: BookingRequest) -> str:
        return render_to_string(
            "admin/triage/bookingrequest/answers.html", {"sent": obj, "level": self.level_shown(obj)}
        )

    @admin.display(description=_("so far"))
    def notes_shown(self, obj: BookingRequest) -> str:
        notes = obj.notes.select_related("author")
        return render_to_string("admin/triage/bookingrequest/notes.html", {"notes": notes})
