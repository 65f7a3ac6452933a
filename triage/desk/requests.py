"""The staff's desk: the queue of requests, and a page to work each. Every change goes through actions.py."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from triage.booking import actions
from triage.booking.deadlines import due_at, is_overdue, overdue
from triage.booking.fields import PlainText
from triage.booking.models import (
    HEARD_FROM_US,
    OPEN,
    AuditEvent,
    BookingRequest,
    Contact,
    Language,
    Status,
)
from triage.booking.retention import erase_requests
from triage.booking.search import matching, of_same_person
from triage.clinical.care_levels import CareLevel
from triage.desk import audit
from triage.desk.base import REQUEST_LIST, DeskAdmin, QueueFilter
from triage.desk.display import day_shown, reach_link, waiting_shown
from triage.desk.export import csv_answer

# Where a request can be sent: what the button says, and the action behind it.
MOVES: dict[Status, tuple[str, Callable[..., BookingRequest]]] = {
    Status.CONTACTED: ("Mark contacted", actions.mark_contacted),
    Status.SCHEDULED: ("Mark scheduled", actions.mark_scheduled),
    Status.CLOSED: ("Close", actions.close_request),
    Status.SPAM: ("Mark spam", actions.mark_spam),
    Status.NEW: ("Reopen", actions.reopen_request),
}
# The move that usually comes next.
NEXT = {Status.NEW: Status.CONTACTED, Status.CONTACTED: Status.SCHEDULED, Status.SCHEDULED: Status.CLOSED}
NEWEST_EVENTS = 8
MOST_EVENTS = 200
# So that a box for each fits in one post.
MOST_SHOWN = 50


class StatusFilter(QueueFilter):
    """Open requests, unless someone asks for others. A search looks through all of them."""

    title, parameter_name = "status", "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", "Open"), *Status.choices, ("all", "All")]

    def value(self) -> str:
        value = super().value()
        if value in dict(self.lookup_choices):
            return value
        return "all" if self.request.GET.get("q") else "open"

    def wanted(self, request: HttpRequest, value: str) -> Q:
        match value:
            case "all":
                return Q()
            case "open":
                return Q(status__in=OPEN)
            case status:
                return Q(status=status)

    def choices(self, changelist: Any) -> Iterator[Any]:
        for value, label in self.lookup_choices:
            address = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": self.value() == value, "query_string": address, "display": label}


class OverdueFilter(QueueFilter):
    title, parameter_name = "promise", "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", "Overdue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return overdue(queryset, timezone.now()) if self.value() == "yes" else queryset


class AssignedFilter(QueueFilter):
    title, parameter_name = "assigned to", "assigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        staff = User.objects.filter(is_staff=True).exclude(username=request.user.get_username()).order_by("username")
        return [("me", "Me"), ("none", "Nobody"), *((str(user.pk), user) for user in staff)]

    def wanted(self, request: HttpRequest, value: str) -> Q:
        return Q(assigned_to=request.user.pk if value == "me" else None if value == "none" else value)


class LevelFilter(QueueFilter):
    title, parameter_name = "shared level", "level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((str(level.value), level.shown.label) for level in CareLevel), ("none", "Not shared")]

    def wanted(self, request: HttpRequest, value: str) -> Q:
        return Q(shared_level=None if value == "none" else value)


class LocationFilter(QueueFilter):
    title, parameter_name = "location", "location"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((place.code, place.name) for place in settings.CLINIC.locations), ("none", "Any of these")]

    def wanted(self, request: HttpRequest, value: str) -> Q:
        return Q(location="" if value == "none" else value)


class LanguageFilter(QueueFilter):
    title, parameter_name, field = "language", "language", "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Language.choices


class DeskForm(forms.Form):
    """All that staff can do on a request's page, besides its buttons. Whatever the patient sent is only shown."""

    # The version that stood on the page. Without it nobody knows what they saw.
    seen = forms.IntegerField(error_messages=dict.fromkeys(("required", "invalid"), "Open the request again."))
    contact = forms.ChoiceField(label="How did it go?", choices=[("", "Only a note"), *Contact.choices], required=False)
    text = PlainText(
        label="Note",
        help_text="For the staff only. A note cannot be changed later.",
        longest=2000,
        too_long="Use 2,000 characters or less in one note",
        lines=True,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    assigned_to = forms.ModelChoiceField(
        label="Assigned to",
        queryset=User.objects.filter(is_staff=True, is_active=True).order_by("username"),
        empty_label="Nobody",
        required=False,
    )


def _for_many(name: str, words: str, change: Callable[..., Any], done: str) -> Callable[..., None]:
    """An action of the list. It changes each request on its own, and names those that may not go there."""

    @admin.action(description=words, permissions=["change"])
    def change_many(self: "BookingRequestAdmin", request: HttpRequest, queryset: QuerySet) -> None:
        changed = 0
        for each in queryset[: self.list_per_page]:
            try:
                change(request=each, by=request.user)
                changed += 1
            except actions.StatusError as error:
                self.message_user(request, str(error), messages.ERROR)
            except BookingRequest.DoesNotExist:
                self.gone(request)
        if changed:
            said = f"{changed} request is now {done}." if changed == 1 else f"{changed} requests are now {done}."
            self.message_user(request, said, messages.SUCCESS)

    change_many.__name__ = name
    return change_many


def assign_to_me(*, request: BookingRequest, by: User) -> BookingRequest:
    return actions.assign(request=request, to=by, by=by)


@admin.register(BookingRequest)
class BookingRequestAdmin(DeskAdmin):
    list_display = (
        "number_shown",
        "waiting",
        "reach",
        "name",
        "level_shown",
        "status",
        "assigned_shown",
        "location_shown",
        "language",
    )
    list_filter = (StatusFilter, OverdueFilter, AssignedFilter, LevelFilter, LocationFilter, LanguageFilter)
    list_select_related = ("assigned_to",)
    ordering = ("created_at", "id")
    search_fields = ("number",)  # shows the box; get_search_results decides what it finds
    search_help_text = "Request number, phone number, email address or part of a name"
    # The first one is what Enter in the list does: it must be the one that does least.
    actions = (
        _for_many("assign_to_me", "Assign to me", assign_to_me, "assigned to you"),
        *(_for_many(action.__name__, words, action, to.label.lower()) for to, (words, action) in MOVES.items()),
    )

    # --- What staff may do ---------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        closed = self.admin_site.admin_view
        return [
            path("export/", closed(self.export_view), name="triage_bookingrequest_export"),
            path("<path:object_id>/erase/", closed(self.erase_view), name="triage_bookingrequest_erase"),
            *super().get_urls(),
        ]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return queryset.filter(matching(search_term)) if search_term else queryset, False

    # --- The list ------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_export = request.user.has_perm("triage.export_bookingrequest")
        return super().changelist_view(request, {"may_export": may_export} | (extra_context or {}))

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The list as it is filtered, as a file. By POST: that it was made is written down."""
        if not request.user.has_perm("triage.export_bookingrequest"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest("Such a list there is not.") from error
        requests, user = changelist.get_queryset(request), cast(User, request.user)
        filters = sorted(
            "search" if name == "q" else name for name, given in changelist.filter_params.items() if any(given)
        )
        actions.record(AuditEvent.What.EXPORTED, by=user, filters=filters, count=requests.order_by().count())
        return csv_answer(requests, by=user)

    # --- A request's page ----------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows a request, and does what its buttons say. On a conflict it does nothing and shows it as it is now."""
        stored = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, stored):
            raise PermissionDenied
        if stored is None:
            return self.gone(request)
        form = DeskForm(initial={"assigned_to": stored.assigned_to_id})
        status = 200
        if request.method == "POST":
            if not self.has_change_permission(request, stored):
                raise PermissionDenied
            form, status = DeskForm(request.POST), 422
            if form.is_valid():
                try:
                    return self.work(request, stored, form.cleaned_data)
                except BookingRequest.DoesNotExist:  # erased in this very moment
                    return self.gone(request)
                except (actions.StatusError, actions.ConflictError) as error:
                    form.add_error(None, str(error))
                    status = 409
                    stored.refresh_from_db()
        actions.record(AuditEvent.What.VIEWED, by=cast(User, request.user), request=stored)
        context = self.page_of(request, stored) | {"form": form} | (extra_context or {})
        return TemplateResponse(request, "admin/triage/bookingrequest/change_form.html", context, status=status)

    @transaction.atomic
    def work(self, request: HttpRequest, stored: BookingRequest, wanted: dict[str, Any]) -> HttpResponse:
        """Does all that was asked for, or nothing. Then on to the queue if the request was moved, else back to it.

        Raises StatusError and ConflictError as actions do.
        """
        by, seen = cast(User, request.user), wanted["seen"]
        move = next((to for to in MOVES if f"_move_{to}" in request.POST), None)
        said = []
        if move:
            stored = MOVES[move][1](request=stored, by=by, seen=seen)
        elif "_assign" in request.POST or "_assign_to_me" in request.POST:
            to = by if "_assign_to_me" in request.POST else wanted["assigned_to"]
            stored = actions.assign(request=stored, to=to, by=by, seen=seen)
            said.append(f"{stored} is assigned to {to or 'nobody'}.")
        if wanted["text"] or wanted["contact"]:
            actions.add_note(request=stored, by=by, text=wanted["text"], contact=wanted["contact"])
            said.append("The note was added.")
            stored.refresh_from_db()
            if wanted["contact"] in HEARD_FROM_US and stored.status == Status.NEW and not move:
                move = Status.CONTACTED
                stored = actions.mark_contacted(request=stored, by=by)
        if move:
            link = format_html('<a href="{}">{}</a>', request.path, stored)
            said.append(format_html("{} is now {}.", link, stored.get_status_display().lower()))
        for words in said:
            self.message_user(request, words, messages.SUCCESS)
        if not said:
            self.message_user(request, "Write a note, or choose how it went.", messages.WARNING)
        return (
            self.response_post_save_change(request, stored) if move else HttpResponseRedirect(request.get_full_path())
        )

    def gone(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, "This request is not here. It may have been erased.", messages.WARNING)
        return HttpResponseRedirect(reverse(REQUEST_LIST))

    def page_of(self, request: HttpRequest, stored: BookingRequest) -> dict[str, Any]:
        """What a request's page shows, but for the form."""
        now, status = timezone.now(), Status(stored.status)
        return self.context_of(request, stored, f"Request {stored}") | {
            "reach": reach_link(stored),
            "place": self.location_shown(stored),
            "days": stored.days_shown or "any",
            "level": self.level_shown(stored),
            "waiting": waiting_shown(stored, now) if stored.is_open else "",
            "is_overdue": is_overdue(stored, now),
            "due_at": due_at(stored.created_at, settings.CLINIC),
            "moves": [
                (to, words, to == NEXT.get(status))
                for to, (words, _action) in MOVES.items()
                if to in actions.ALLOWED_MOVES[status]
            ],
            "same_person": self.same_person(stored),
            "notes": stored.notes.select_related("author"),
            "history": self.history_of(stored, NEWEST_EVENTS),
            "may_change": self.has_change_permission(request, stored),
            "may_erase": request.user.has_perm("triage.erase_bookingrequest"),
        }

    def context_of(self, request: HttpRequest, stored: BookingRequest, title: str) -> dict[str, Any]:
        filters = self.get_preserved_filters(request)
        return self.admin_site.each_context(request) | {
            "opts": self.opts,
            "preserved_filters": filters,
            "title": title,
            "sent": stored,
        }

    def same_person(self, stored: BookingRequest) -> list[tuple[str, list[BookingRequest]]]:
        """The requests with the same phone or email, in two groups. They are shown side by side, never merged."""
        others = list(BookingRequest.objects.filter(of_same_person(stored)).order_by("-created_at")[:MOST_SHOWN])
        earlier = [other for other in others if other.created_at < stored.created_at]
        later = [other for other in others if other not in earlier]
        return [(name, group) for name, group in (("earlier", earlier), ("later", later)) if group]

    def history_of(self, stored: BookingRequest, most: int) -> list[tuple[AuditEvent, str]]:
        """The newest events of this request, and what they tell."""
        events = AuditEvent.objects.filter(number=stored.number).select_related("by").order_by("-at", "-pk")
        return [(event, audit.said(event)) for event in events[:most]]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who viewed, changed and exported the request, and when."""
        stored = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, stored):
            raise PermissionDenied
        if stored is None:
            return self.gone(request)
        context = self.context_of(request, stored, f"History of {stored}")
        context |= {"history": self.history_of(stored, MOST_EVENTS), "most": MOST_EVENTS}
        return TemplateResponse(request, "admin/triage/bookingrequest/history.html", context)

    def erase_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks which requests of a person to erase, and then does it."""
        if not request.user.has_perm("triage.erase_bookingrequest"):
            raise PermissionDenied
        stored = self.get_object(request, unquote(object_id))
        if stored is None:
            return self.gone(request)
        found = [stored, *(other for _group, others in self.same_person(stored) for other in others)]
        if request.method == "POST":
            chosen = [each.pk for each in found if str(each.pk) in request.POST.getlist("erase")]
            erased = erase_requests(BookingRequest.objects.filter(pk__in=chosen), by=cast(User, request.user))
            counts = ", ".join(f"{count} {name}" for name, count in erased.items()) or "nothing"
            self.message_user(request, f"Erased: {counts}.", messages.SUCCESS)
            return self.response_post_save_change(request, stored)
        for each in found:
            actions.record(AuditEvent.What.VIEWED, by=cast(User, request.user), request=each)
        context = self.context_of(request, stored, f"Erase the person who sent {stored}?")
        # A family shares a phone: only what bears the same name is chosen beforehand.
        context["found"] = [(each, each.name.casefold() == stored.name.casefold()) for each in found]
        return TemplateResponse(request, "admin/triage/bookingrequest/erase.html", context)

    # --- What is shown -------------------------------------------------------------------------

    @admin.display(description="number")
    def number_shown(self, obj: BookingRequest) -> str:
        return str(obj).replace(" ", "\u00a0")  # one number, never broken over two lines

    @admin.display(description="waiting")
    def waiting(self, obj: BookingRequest) -> str:
        """How long, or, where nobody waits any more, since when it is here."""
        if not obj.is_open:
            return f"asked {day_shown(obj.created_at)}"
        now = timezone.now()
        overdue_shown = mark_safe(' <strong class="overdue">overdue</strong>') if is_overdue(obj, now) else ""
        return format_html("{}{}", waiting_shown(obj, now), overdue_shown)

    @admin.display(description="reach by")
    def reach(self, obj: BookingRequest) -> str:
        return reach_link(obj)

    @admin.display(description="shared level")
    def level_shown(self, obj: BookingRequest) -> str:
        return obj.level_shown or "–"

    @admin.display(description="assigned to")
    def assigned_shown(self, obj: BookingRequest) -> str:
        return str(obj.assigned_to or "–")

    @admin.display(description="location")
    def location_shown(self, obj: BookingRequest) -> str:
        return obj.location_shown or "any"
