"""The requests in the admin: the list, and a page to work on each. Every change goes through booking.actions."""

import re
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from triage.booking import actions, outbox
from triage.booking.deadlines import by_what_is_next, due_at
from triage.booking.mail import words_for
from triage.booking.models import DESK_FACTS, OPEN, AuditEvent, BookingRequest, ClosingReason, Contact, Notice, Status
from triage.booking.retention import SEARCHES, erase_requests
from triage.booking.search import is_same_name, matching, number_same_person, of_same_person
from triage.desk import display, filters
from triage.desk.base import KEY, NEW_SINCE, NOT_HERE, DeskAdmin, DeskChangeList, redirect_back
from triage.desk.export import calendar_response, csv_response
from triage.desk.forms import DeskForm, GiveForm
from triage.desk.history import LABELS, history_lines, opened_lately

# The labels of the buttons that change the status.
MOVES = {
    Status.CONTACTED: "Mark contacted",
    Status.SCHEDULED: "Mark scheduled",
    Status.CLOSED: "Close",
    Status.SPAM: "Mark spam",
    Status.NEW: "Reopen",
}
LATEST_EVENTS = 8
MAX_EVENTS = 200
MAX_SAME_PERSON = 50  # with a box for each, a post must stay below DATA_UPLOAD_MAX_NUMBER_FIELDS


def list_action(name: str, label: str, done: str, change: Callable[..., BookingRequest]) -> Callable[..., None]:
    """Return an action of the list. name: its value in the form. label: on its button. done: see change_each."""

    @admin.action(description=label, permissions=["change"])
    def action(model_admin: "BookingRequestAdmin", request: HttpRequest, queryset: QuerySet) -> None:
        model_admin.change_each(request, queryset, change, done, can_undo=name not in Contact)

    action.__name__ = name
    return action


class RequestChangeList(DeskChangeList):
    def get_results(self, request: HttpRequest) -> None:
        # Before the rows are read, so that a request in between is counted as new.
        self.newest = BookingRequest.objects.aggregate(newest=Max("pk", default=0))["newest"]
        self.latest_event = AuditEvent.objects.aggregate(latest=Max("pk", default=0))["latest"]
        super().get_results(request)
        number_same_person(self.result_list)
        opened = opened_lately(request.user)
        for each in self.result_list:
            each.opened = opened.get(each.number, ())

    def new_since(self) -> str:
        """Return the URL that counts newer requests with the same filters; "" for the result of a search."""
        if self.query or "number" in self.params:
            return ""
        specs: Any = self.filter_specs
        asked = {each.parameter_name: each.value() for each in specs if each.chosen()}
        return f"{reverse(f'admin:{NEW_SINCE}')}?{urlencode(asked | {'after': self.newest})}"


@admin.register(BookingRequest)
class BookingRequestAdmin(DeskAdmin):
    list_display = (
        *(display.number_shown, display.waiting, display.who, display.reach_shown, display.level),
        *("status", display.last_try, display.worker, display.location_shown),
    )
    list_filter = (
        *(filters.StatusFilter, filters.DueFilter, filters.AssignedFilter),
        *(filters.LevelFilter, filters.LocationFilter, filters.LanguageFilter),
    )
    list_select_related = ("assigned_to",)
    search_fields = ("number",)  # shows the box; get_search_results decides what it finds
    search_help_text = "Request number, phone number, email address or part of a name"
    # The Enter key presses the first button, so it must be harmless.
    actions = (
        "assign_to_me",
        *(
            list_action(each, str(each.label), f"marked “{each.label}”", partial(actions.add_note, contact=each))
            for each in (Contact.NO_ANSWER, Contact.LEFT_MESSAGE)
        ),
        *(
            list_action(f"mark_{to}", label, f"now {to.label.lower()}", partial(actions.change_status, to=to))
            for to, label in MOVES.items()
        ),
        "give",
    )
    action_form = GiveForm
    change_list = RequestChangeList

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("new/", view(self.new_view), name=NEW_SINCE),
            path("undo/", view(self.undo_view), name="triage_bookingrequest_undo"),
            path("export/", view(self.export_view), name="triage_bookingrequest_export"),
            path("<path:object_id>/erase/", view(self.erase_view), name="triage_bookingrequest_erase"),
            path("<path:object_id>/calendar/", view(self.calendar_view), name="triage_bookingrequest_calendar"),
            *super().get_urls(),
        ]

    # --- The list ------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("notes")

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Return how many requests with a key above `after` match the list's filters."""
        after = request.GET.get("after", "")
        # One query. has_perm would also read the user's own permissions, which are none.
        by_role = cast(User, request.user).get_group_permissions()
        if "triage.view_bookingrequest" not in by_role and not self.has_view_permission(request):
            raise PermissionDenied
        if not KEY.fullmatch(after):
            raise BadRequest("Not a key.")
        found = BookingRequest.objects.filter(pk__gt=after)
        for each in self.list_filter:
            if each.parameter_name in request.GET:
                found = each(request, dict(request.GET.lists()), self.model, self).queryset(request, found)
        return HttpResponse(display.format_count(display.capped_count(found)), content_type="text/plain")

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Sort open requests by what is next, visits by their day, and others with the latest first."""
        status = filters.shown_status(request)
        if status in ("open", *OPEN):
            return by_what_is_next(timezone.now())
        return [F("visit_at").asc(nulls_first=True), "id"] if status == Status.SCHEDULED else ["-created_at", "-id"]

    def change_each(
        self, request: HttpRequest, chosen: Any, change: Callable[..., Any], done: str, can_undo: bool = True
    ) -> None:
        """Call `change` for each chosen request, and say which are `done` ("now closed"), and why others are not."""
        changed, chosen = [], list(chosen[: self.list_per_page])
        if not chosen or len(chosen) < len(request.POST.getlist(ACTION_CHECKBOX_NAME)):
            messages.warning(request, "Requests that have left this list were not changed.")
        touched = self.touched_since(request, chosen)
        for each in chosen:
            try:
                if each.number in touched:
                    raise actions.ChangeError(actions.CHANGED_SINCE % each)
                changed.append(change(request=each, by=request.user))
            except actions.ChangeError as error:
                messages.error(request, str(error))
            except BookingRequest.DoesNotExist:  # erased since the page was shown
                messages.warning(request, NOT_HERE)
        if changed:
            self.say_done(request, changed, done, can_undo)

    def touched_since(self, request: HttpRequest, chosen: list[BookingRequest]) -> set[str]:
        """Return the numbers of those that were worked on since the list was shown, as by the first of two clicks."""
        latest = request.POST.get("latest_event", "")
        if not KEY.fullmatch(latest):
            return set()
        later = AuditEvent.objects.filter(number__in=[each.number for each in chosen], pk__gt=latest)
        work = later.exclude(what__in=(AuditEvent.What.VIEWED, AuditEvent.What.EXPORTED))
        return set(work.values_list("number", flat=True))

    def say_done(self, request: HttpRequest, changed: list[BookingRequest], done: str, can_undo: bool = True) -> None:
        """Show a message that names the requests, with an Undo button."""
        told = {"changed": changed, "done": done, "can_undo": can_undo}
        messages.success(request, render_to_string("admin/triage/bookingrequest/done.html", told))

    @admin.action(description="Assign to me", permissions=["change"])
    def assign_to_me(self, request: HttpRequest, queryset: QuerySet) -> None:
        to = cast(User, request.user)
        self.change_each(request, queryset, partial(actions.assign, to=to), "now assigned to you")

    @admin.action(description="Give", permissions=["change"])
    def give(self, request: HttpRequest, queryset: QuerySet) -> None:
        to = actions.COLLEAGUES.filter(pk__in=re.findall(r"^\d{1,18}$", request.POST.get("to", ""))).first()
        if to is None:
            messages.warning(request, "Choose whom to give them to.")
        else:
            self.change_each(request, queryset, partial(actions.assign, to=to), f"given to {to}")

    @method_decorator([require_POST, permission_required("triage.change_bookingrequest", raise_exception=True)])
    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Undo the change that a message names, and redirect to the page that showed it."""
        pairs = re.findall(r"(\d{1,18}):(\d{1,9})", request.POST.get("undo", ""))
        shown = [BookingRequest(pk=int(pk), version=int(version)) for pk, version in dict(pairs).items()]

        def undo(request: BookingRequest, by: User) -> BookingRequest:
            return actions.undo(request=request, by=by, seen=request.version)

        self.change_each(request, shown, undo, "as before", can_undo=False)
        return redirect_back(request)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return queryset.filter(matching(search_term)) if search_term else queryset, False

    @method_decorator([permission_required("triage.export_bookingrequest", raise_exception=True), require_POST])
    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send the filtered list as a CSV file. By POST, as it writes to the audit trail."""
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest("Unknown filter.") from error
        requests, user = changelist.queryset, cast(User, request.user)
        asked = sorted("search" if name == "q" else name for name, value in changelist.params.items() if value)
        actions.record(AuditEvent.What.EXPORTED, by=user, filters=asked, count=requests.order_by().count())
        return csv_response(requests, by=user)

    # --- A request's pages ---------------------------------------------------------------------

    def find(self, request: HttpRequest, object_id: str, permission: str = "view") -> BookingRequest:
        """Return the request of a page. Raises PermissionDenied or DoesNotExist, which handle_refusals answers."""
        if not request.user.has_perm(f"triage.{permission}_bookingrequest"):
            raise PermissionDenied
        stored = self.get_object(request, object_id)
        if stored is None:
            raise BookingRequest.DoesNotExist
        return stored

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a request and handle its buttons.

        422: the form is not valid. 409: the change was refused (ChangeError), and the page shows the present request.
        """
        stored = self.find(request, object_id, "change" if request.method == "POST" else "view")
        notes = list(stored.notes.select_related("author"))
        form = DeskForm(
            initial={
                "assigned_to": stored.assigned_to_id,
                "key": uuid.uuid4(),
                "last_note": notes[-1].pk if notes else 0,
                "reply": Notice.Kind.VISIT if stored.is_visit_ahead else Notice.Kind.TRIED,
                "visit_at": stored.visit_at,
                "visit_location": stored.visit_location or stored.location,
            }
        )
        status = 200
        if request.method == "POST":
            form, status = DeskForm(request.POST), 422
            if form.is_valid():
                try:
                    return self.apply(request, stored, form.cleaned_data)
                except actions.ChangeError as error:
                    form.add_error(None, str(error))
                    status = 409
                    stored.refresh_from_db()
        actions.record(AuditEvent.What.VIEWED, by=cast(User, request.user), request=stored)
        kind = request.GET.get("reply", "")
        return self.page(
            request,
            stored,
            "change_form",
            f"Request {stored}",
            status,
            form=form,
            facts_form=form if "_facts" in request.POST else DeskForm(initial=stored.desk_facts),
            unsent=stored.notices.filter(outbox.UNSENT),
            opened=opened_lately(request.user).get(stored.number),
            due_at=due_at(stored.created_at, settings.CLINIC),
            moves=[(to, MOVES[to]) for to in MOVES if to in actions.ALLOWED_MOVES[Status(stored.status)]],
            reasons=ClosingReason.choices,
            # For links to the member of staff's own programs.
            written=words_for(stored, kind) if kind in dict(Notice.REPLIES) else None,
            same_person=self.same_person(stored),
            notes=notes,
            history=self.history(stored)[:LATEST_EVENTS],
        )

    @transaction.atomic
    def apply(self, request: HttpRequest, stored: BookingRequest, data: dict[str, Any]) -> HttpResponse:
        """Make the posted changes, all or none. Redirect to the list after a new status, else to the same page.

        data: from DeskForm. Raises ChangeError and DoesNotExist, as the actions do.
        """
        by, posted, before = cast(User, request.user), request.POST, stored.status
        told = assigned = ""
        act: dict[str, Any] = {"request": stored, "by": by, "seen": data["seen"]}
        move = next((status for status in MOVES if f"_move_{status}" in posted), None)
        has_note = data["text"] or data["contact"] or data["call_at"]
        if move:
            # The buttons that close say why.
            reason = next((code for code, label in ClosingReason.choices if label == posted[f"_move_{move}"]), "")
            visit = {name: data[name] for name in ("visit_at", "visit_location")} if move == Status.SCHEDULED else {}
            stored = actions.change_status(**act, to=move, reason=reason, **visit)
        elif "_assign" in posted or "_assign_to_me" in posted:
            to = by if "_assign_to_me" in posted else data["assigned_to"]
            stored = actions.assign(**act, to=to)
            assigned = f"assigned to {to or 'nobody'}"
        elif "_correct" in posted:
            stored = actions.correct_contact(**act, phone=data["phone"], email=data["email"])
            told = "The phone or email was corrected."
            # Only the confirmation: the staff know whether their own answers still hold.
            unsent = stored.notices.filter(outbox.UNSENT, kind=Notice.Kind.PATIENT)
            if data["email"] and outbox.send_again(unsent, by=by):
                told += " The confirmation is sent again."
        elif "_facts" in posted:
            stored = actions.note_facts(**act, facts={name: str(data[name]) for name in DESK_FACTS if data[name]})
            told = "It is noted."
        elif "_dealt_with" in posted:
            outbox.deal_with(stored.notices.filter(outbox.UNSENT), by=by)
            told = "The mail that did not go out is dealt with."
        elif data["reply"] and ("_reply_send" in posted or "_reply_open" in posted):
            is_sent = "_reply_send" in posted
            actions.reply(**act, kind=data["reply"], is_sent=is_sent)
            told = "The email is on its way." if is_sent else "It is noted. Now send it, with the link below."
        elif not has_note:
            messages.warning(request, "Write a note, or choose how it went.")
        if told:
            messages.success(request, told)
        if has_note:
            # A change above has checked `seen`, and raised the version.
            seen = stored.version if move or told or assigned else data["seen"]
            self.note(request, stored, data | {"seen": seen})
            stored.refresh_from_db()
        if assigned:  # here, as Undo needs the version after the note
            self.say_done(request, [stored], assigned)
        if stored.status != before or move:
            done = f"now {stored.get_status_display().lower()}"
            if stored.status == Status.SCHEDULED and stored.visit_at:
                done = f"now scheduled: {display.format_moment(stored.visit_at)}"
                if not settings.CLINIC.is_open_at(stored.visit_at):
                    messages.warning(request, "We are closed at the time of this visit. Check the day, and AM or PM.")
            self.say_done(request, [stored], done, can_undo=stored.status != before and not data["contact"])
            return self.response_post_save_change(request, stored)
        if "_reply_open" in posted:
            return redirect(f"{request.path}?{urlencode({'reply': data['reply']})}")
        return redirect(request.get_full_path())

    def note(self, request: HttpRequest, stored: BookingRequest, data: dict[str, Any]) -> None:
        """Store the posted note, outcome or time to call again, once. Show what colleagues noted meanwhile."""
        by = cast(User, request.user)
        if data["key"] and stored.notes.filter(key=data["key"]).exists():
            messages.warning(request, "This note is stored already. It was not added again.")
            return
        asked = {name: data[name] for name in ("text", "contact", "call_at", "key", "seen")}
        if not (data["text"] or data["contact"]):
            asked["text"] = f"Call again {display.format_moment(data['call_at'])}"
        if data["last_note"] is not None:
            for each in stored.notes.exclude(author=by).filter(pk__gt=data["last_note"]):
                what = each.get_contact_display() or "a note"
                told = f"{each.author} added “{what}” at {display.format_moment(each.created_at)}, while you looked."
                messages.warning(request, told)
        if data["seen"] != stored.version:
            status = stored.get_status_display().lower()
            messages.warning(request, f"{stored} was changed while you looked at it. It is {status} now: look again.")
        noted = actions.add_note(request=stored, by=by, **asked)
        if data["call_at"] and not noted.is_open:
            told = f"No list says when to call a request that is {noted.get_status_display().lower()}."
            raise actions.ChangeError(f"{told} Set no time to call, or reopen it.")
        messages.success(request, "The note was added.")

    def page(
        self, request: HttpRequest, stored: BookingRequest, name: str, title: str, status: int = 200, **context: Any
    ) -> HttpResponse:
        """Return a page about a request. name: of its template."""
        context |= self.admin_site.each_context(request) | {"opts": self.opts, "title": title, "sent": stored}
        context["preserved_filters"] = self.get_preserved_filters(request)
        return TemplateResponse(request, f"admin/triage/bookingrequest/{name}.html", context, status=status)

    def same_person(self, stored: BookingRequest) -> list[tuple[str, list[BookingRequest]]]:
        """Return ("earlier", requests) and ("later", requests) with the same phone or email, without an empty group."""
        same = BookingRequest.objects.filter(of_same_person(stored)).exclude(pk=stored.pk)
        others = list(same.order_by("-created_at")[:MAX_SAME_PERSON])
        earlier = [other for other in others if other.created_at < stored.created_at]
        later = [other for other in others if other not in earlier]
        return [(name, group) for name, group in (("earlier", earlier), ("later", later)) if group]

    def history(self, stored: BookingRequest) -> list[tuple[AuditEvent, str]]:
        return history_lines(AuditEvent.objects.filter(number=stored.number).select_related("by")[:MAX_EVENTS])

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        stored = self.find(request, object_id)
        title = f"History of {stored}"
        return self.page(request, stored, "history", title, history=self.history(stored), limit=MAX_EVENTS)

    @method_decorator(require_POST)
    def calendar_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the visit as a file for the clinic's calendar, and record it as an export, so by POST."""
        stored = self.find(request, object_id)
        if stored.status != Status.SCHEDULED or not stored.visit_at:
            messages.warning(request, f"{stored} has no visit with a time.")
            return redirect("admin:triage_bookingrequest_change", stored.pk)
        actions.record(AuditEvent.What.EXPORTED, by=cast(User, request.user), request=stored, file="calendar")
        return calendar_response(stored)

    def erase_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask which requests of a person to erase, and erase them."""
        stored = self.find(request, object_id, "erase")
        by = cast(User, request.user)
        found = [stored, *(other for _name, group in self.same_person(stored) for other in group)]
        if request.method == "POST":
            chosen = [each.pk for each in found if str(each.pk) in request.POST.getlist("erase")]
            erased = erase_requests(BookingRequest.objects.filter(pk__in=chosen), by=by)
            request.session.pop(SEARCHES, None)  # this session is in memory, and would be saved with them
            counts = ", ".join(f"{LABELS.get(name, name)}: {count}" for name, count in erased.items())
            if counts:
                messages.success(request, f"Erased for good: {counts}.")
            else:
                messages.warning(request, "Nothing was erased: no request was checked.")
            return self.response_post_save_change(request, stored)
        for each in reversed(found):  # `stored` last: see opened_lately
            actions.record(AuditEvent.What.VIEWED, by=by, request=each)
        # Only requests with the same name are checked beforehand, as a family may share a phone.
        choices = [(each, is_same_name(each.name, stored.name)) for each in found]
        title = f"Erase the person who sent {stored}?"
        return self.page(request, stored, "erase", title, found=choices, limit=MAX_SAME_PERSON)
