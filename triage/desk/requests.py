"""The requests in the admin: the list, and a page to work on each. Every change goes through booking.actions."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html

from triage.booking import actions
from triage.booking.deadlines import due_at, overdue
from triage.booking.fields import PlainText
from triage.booking.mail import words_for
from triage.booking.models import (
    HEARD_FROM_US,
    OPEN,
    AuditEvent,
    BookingRequest,
    ClosingReason,
    Contact,
    Language,
    Notice,
    Status,
)
from triage.booking.retention import SEARCHES, erase_requests, untouched_for
from triage.booking.search import is_same_name, matching, of_same_person
from triage.clinical.care_levels import CareLevel
from triage.desk.audit import describe
from triage.desk.base import REQUEST_LIST, DeskAdmin, DeskFilter
from triage.desk.display import mail_link, reach, text_link, waiting
from triage.desk.export import csv_response

# The labels of the buttons that change the status.
MOVES = {
    Status.CONTACTED: "Mark contacted",
    Status.SCHEDULED: "Mark scheduled",
    Status.CLOSED: "Close",
    Status.SPAM: "Mark spam",
    Status.NEW: "Reopen",
}
# The status that usually comes next. Its button stands out.
NEXT = {Status.NEW: Status.CONTACTED, Status.CONTACTED: Status.SCHEDULED, Status.SCHEDULED: Status.CLOSED}
LATEST_EVENTS = 8
MAX_EVENTS = 200
# A page with a box for each must stay under the 100 fields that a post may have.
MAX_SAME_PERSON = 50


class StatusFilter(DeskFilter):
    """Open requests by default, all of them in a search."""

    title, parameter_name = "status", "status"
    options = (("open", "Open"), *Status.choices, ("all", "All"))

    def value(self) -> str:
        value = super().value()
        if value in dict(self.lookup_choices):
            return value
        return "all" if self.request.GET.get("q") else "open"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value == "all":
            return queryset
        return queryset.filter(status__in=OPEN if value == "open" else [value])

    def choices(self, changelist: Any) -> Any:
        """Leave out the "All" that Django puts first: here it is one of the lookups."""
        return list(super().choices(changelist))[1:]


class OverdueFilter(DeskFilter):
    title, parameter_name = "promise", "overdue"
    options = (("yes", "Overdue"), ("idle", f"Untouched for {settings.IDLE_DAYS} days"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "idle":
            return queryset.filter(untouched_for(settings.IDLE_DAYS))
        return overdue(queryset, timezone.now()) if self.value() == "yes" else queryset


class AssignedFilter(DeskFilter):
    title, parameter_name, field = "assigned to", "assigned", "assigned_to"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        others = User.objects.filter(is_staff=True).exclude(username=request.user.get_username()).order_by("username")
        return [("me", "Me"), ("none", "Nobody"), *((str(user.pk), user) for user in others)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "me":
            return queryset.filter(assigned_to=request.user.pk)
        return super().queryset(request, queryset)


class LevelFilter(DeskFilter):
    title, parameter_name, field = "shared level", "level", "shared_level"
    options = (*((str(level.value), level.shown.label) for level in CareLevel), ("none", "Not shared"))


class LocationFilter(DeskFilter):
    title, parameter_name, field, empty = "location", "location", "location", ""
    options = (*((place.code, place.name) for place in settings.CLINIC.locations), ("none", "Any of these"))


class LanguageFilter(DeskFilter):
    title, parameter_name, field = "language", "language", "language"
    options = Language.choices


class DeskForm(forms.Form):
    """What staff enter on a request's page. What the patient sent is only shown."""

    # The version that the page showed, to find out whether someone else has changed the request since.
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
    reply = forms.ChoiceField(label="Answer with", choices=Notice.REPLIES, required=False)
    assigned_to = forms.ModelChoiceField(
        label="Assigned to",
        queryset=User.objects.filter(is_staff=True, is_active=True).order_by("username"),
        empty_label="Nobody",
        required=False,
    )


def assign_to_me(*, request: BookingRequest, by: User) -> BookingRequest:
    return actions.assign(request=request, to=by, by=by)


def list_action(name: str, label: str, done: str, change: Callable[..., BookingRequest]) -> Callable[..., None]:
    """Return an action of the list that calls `change` for each request, at most one page of them.

    name: in the form. label: on its button. done: what the requests then are, for the message.
    """

    @admin.action(description=label, permissions=["change"])
    def action(model_admin: "BookingRequestAdmin", request: HttpRequest, queryset: QuerySet) -> None:
        changed = 0
        for each in queryset[: model_admin.list_per_page]:
            try:
                change(request=each, by=request.user)
                changed += 1
            except actions.ChangeError as error:
                model_admin.message_user(request, str(error), messages.ERROR)
            except BookingRequest.DoesNotExist:
                model_admin.redirect_from_missing(request)
        if changed:
            message = f"{changed} request{' is' if changed == 1 else 's are'} now {done}."
            model_admin.message_user(request, message, messages.SUCCESS)

    action.__name__ = name
    return action


@admin.register(BookingRequest)
class BookingRequestAdmin(DeskAdmin):
    list_display = (
        "number_shown",
        waiting,
        reach,
        "name",
        "shared_level",
        "status",
        "assigned_to",
        "location_shown",
        "language",
    )
    list_filter = (StatusFilter, OverdueFilter, AssignedFilter, LevelFilter, LocationFilter, LanguageFilter)
    list_select_related = ("assigned_to",)
    ordering = ("created_at", "id")
    search_fields = ("number",)  # shows the box; get_search_results decides what it finds
    search_help_text = "Request number, phone number, email address or part of a name"
    # Enter in the list presses the first button: it must be the one that does least.
    actions = (
        list_action("assign_to_me", "Assign to me", "assigned to you", assign_to_me),
        *(
            list_action(f"mark_{to}", label, to.label.lower(), partial(actions.change_status, to=to))
            for to, label in MOVES.items()
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export_view), name="triage_bookingrequest_export"),
            path("<path:object_id>/erase/", view(self.erase_view), name="triage_bookingrequest_erase"),
            *super().get_urls(),
        ]

    # --- The list ------------------------------------------------------------------------------

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return queryset.filter(matching(search_term)) if search_term else queryset, False

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send the filtered list as a CSV file, and record it. Only by POST, as it writes to the audit trail."""
        if not request.user.has_perm("triage.export_bookingrequest"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest("Unknown filter.") from error
        requests, user = changelist.queryset, cast(User, request.user)
        names = (name for name, values in changelist.filter_params.items() if any(values))
        filters = sorted("search" if name == "q" else name for name in names)
        actions.record(AuditEvent.What.EXPORTED, by=user, filters=filters, count=requests.order_by().count())
        return csv_response(requests, by=user)

    # --- A request's pages ---------------------------------------------------------------------

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a request and handle its buttons.

        Status 422: the form is not valid. Status 409: a colleague was quicker, or the move is not allowed; nothing
        was changed, and the page shows the request as it is now.
        """
        stored = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, stored):
            raise PermissionDenied
        if stored is None:
            return self.redirect_from_missing(request)
        form = DeskForm(initial={"assigned_to": stored.assigned_to_id})
        status = 200
        if request.method == "POST":
            if not self.has_change_permission(request, stored):
                raise PermissionDenied
            form, status = DeskForm(request.POST), 422
            if form.is_valid():
                try:
                    return self.apply(request, stored, form.cleaned_data)
                except BookingRequest.DoesNotExist:  # erased at this moment
                    return self.redirect_from_missing(request)
                except actions.ChangeError as error:
                    form.add_error(None, str(error))
                    status = 409
                    stored.refresh_from_db()
        actions.record(AuditEvent.What.VIEWED, by=cast(User, request.user), request=stored)
        return self.page(
            request,
            stored,
            "change_form",
            f"Request {stored}",
            status,
            form=form,
            reach=reach(stored),
            mail_link=mail_link(stored),
            waiting=waiting(stored),
            due_at=due_at(stored.created_at, settings.CLINIC),
            moves=[
                (to, label, to == NEXT.get(Status(stored.status)))
                for to, label in MOVES.items()
                if to in actions.ALLOWED_MOVES[Status(stored.status)]
            ],
            reasons=ClosingReason.choices,
            written=self.written(stored, request.GET.get("reply", "")),
            same_person=self.same_person(stored),
            notes=stored.notes.select_related("author"),
            history=self.history(stored, LATEST_EVENTS),
        )

    @transaction.atomic
    def apply(self, request: HttpRequest, stored: BookingRequest, data: dict[str, Any]) -> HttpResponse:
        """Make the changes that were posted, all or none. Redirect to the list after a move, else to the same page.

        data: from DeskForm. Raises ChangeError and DoesNotExist, as the actions do.
        """
        by, seen = cast(User, request.user), data["seen"]
        move = next((status for status in MOVES if f"_move_{status}" in request.POST), None)
        done = []
        if move:
            # The buttons that close say why.
            reason = next((code for code, label in ClosingReason.choices if label == request.POST[f"_move_{move}"]), "")
            stored = actions.change_status(request=stored, to=move, by=by, seen=seen, reason=reason)
        elif "_assign" in request.POST or "_assign_to_me" in request.POST:
            to = by if "_assign_to_me" in request.POST else data["assigned_to"]
            stored = actions.assign(request=stored, to=to, by=by, seen=seen)
            done.append(f"{stored} is assigned to {to or 'nobody'}.")
        is_sent = "_reply_send" in request.POST
        if data["reply"] and (is_sent or "_reply_open" in request.POST):
            actions.reply(request=stored, kind=data["reply"], by=by, seen=seen, is_sent=is_sent)
            done.append("The email is on its way." if is_sent else "It is noted. Now send it, with the link below.")
        if data["text"] or data["contact"]:
            actions.add_note(request=stored, by=by, text=data["text"], contact=data["contact"])
            done.append("The note was added.")
            stored.refresh_from_db()
            if data["contact"] in HEARD_FROM_US and stored.status == Status.NEW and not move:
                move = Status.CONTACTED
                stored = actions.change_status(request=stored, to=move, by=by)
        if move:
            link = format_html('<a href="{}">{}</a>', request.path, stored)
            done.append(format_html("{} is now {}.", link, stored.get_status_display().lower()))
        for message in done:
            self.message_user(request, message, messages.SUCCESS)
        if not done:
            self.message_user(request, "Write a note, or choose how it went.", messages.WARNING)
        if "_reply_open" in request.POST:
            return redirect(f"{request.path}?{urlencode({'reply': data['reply']})}")
        return self.response_post_save_change(request, stored) if move else redirect(request.get_full_path())

    def written(self, stored: BookingRequest, kind: str) -> dict[str, str]:
        """Return what links to the member of staff's own programs hold, filled in with the words of `kind`."""
        if kind not in dict(Notice.REPLIES):
            return {}
        subject, body = words_for(stored, kind)
        return {"body": body, "mail": mail_link(stored, subject=subject, body=body), "text": text_link(stored, body)}

    def redirect_from_missing(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, "This request is not here. It may have been erased.", messages.WARNING)
        return redirect(REQUEST_LIST)

    def page(
        self, request: HttpRequest, stored: BookingRequest, name: str, title: str, status: int = 200, **context: Any
    ) -> HttpResponse:
        """Return a page about a request. name: of its template. context: what it needs besides the request."""
        context |= self.admin_site.each_context(request) | {
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            "title": title,
            "sent": stored,
        }
        return TemplateResponse(request, f"admin/triage/bookingrequest/{name}.html", context, status=status)

    def same_person(self, stored: BookingRequest) -> list[tuple[str, list[BookingRequest]]]:
        """Return the requests with the same phone or email, as ("earlier", requests) and ("later", requests).

        An empty group is left out. They are shown side by side and never merged: a family may share a phone.
        """
        others = list(BookingRequest.objects.filter(of_same_person(stored)).order_by("-created_at")[:MAX_SAME_PERSON])
        earlier = [other for other in others if other.created_at < stored.created_at]
        later = [other for other in others if other not in earlier]
        return [(name, group) for name, group in (("earlier", earlier), ("later", later)) if group]

    def history(self, stored: BookingRequest, limit: int) -> list[tuple[AuditEvent, str]]:
        """Return the latest events of the request, each with its details as text."""
        events = AuditEvent.objects.filter(number=stored.number).select_related("by")
        return [(event, describe(event)) for event in events[:limit]]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show who viewed, changed and exported the request, and when."""
        stored = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, stored):
            raise PermissionDenied
        if stored is None:
            return self.redirect_from_missing(request)
        events = self.history(stored, MAX_EVENTS)
        return self.page(request, stored, "history", f"History of {stored}", history=events, limit=MAX_EVENTS)

    def erase_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask which requests of a person to erase, and erase them."""
        if not request.user.has_perm("triage.erase_bookingrequest"):
            raise PermissionDenied
        stored = self.get_object(request, unquote(object_id))
        if stored is None:
            return self.redirect_from_missing(request)
        by = cast(User, request.user)
        found = [stored, *(other for _name, group in self.same_person(stored) for other in group)]
        if request.method == "POST":
            chosen = [each.pk for each in found if str(each.pk) in request.POST.getlist("erase")]
            erased = erase_requests(BookingRequest.objects.filter(pk__in=chosen), by=by)
            request.session.pop(SEARCHES, None)  # this session is read already, and would be written back with them
            counts = ", ".join(f"{count} {name}" for name, count in erased.items()) or "nothing"
            self.message_user(request, f"Erased: {counts}.", messages.SUCCESS)
            return self.response_post_save_change(request, stored)
        for each in found:
            actions.record(AuditEvent.What.VIEWED, by=by, request=each)
        # A family shares a phone: only requests with the same name are checked beforehand.
        choices = [(each, is_same_name(each.name, stored.name)) for each in found]
        return self.page(request, stored, "erase", f"Erase the person who sent {stored}?", found=choices)

    # --- Columns -------------------------------------------------------------------------------

    @admin.display(description="number")
    def number_shown(self, obj: BookingRequest) -> str:
        return str(obj).replace(" ", "\u00a0")  # never broken over two lines

    @admin.display(description="location", empty_value="any")
    def location_shown(self, obj: BookingRequest) -> str:
        return obj.location_shown
