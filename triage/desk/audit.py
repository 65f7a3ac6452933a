"""The lists of the audit trail and of the notices, which can be sent again."""

import re
from calendar import monthrange
from itertools import takewhile
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.html import format_html

from triage.booking import outbox
from triage.booking.models import AuditEvent, Notice
from triage.booking.search import plain_number
from triage.desk.base import DeskChangeList, ReadOnlyAdmin
from triage.desk.display import format_moment
from triage.desk.filters import StateFilter, WhatFilter, WhoFilter
from triage.desk.history import describe

# What to do about a failed mail, by a pattern for the start of Notice.last_error.
TELL = "Tell the person who runs the site."
TROUBLE = (
    (r"\w+( 4\d\d)+$", "The mail server asks to wait. It is tried for three days; after that, send it again."),
    ("SMTPAuthentication", f"Our mail account refuses the site: its password is wrong, or was changed. {TELL}"),
    ("SMTPSenderRefused", f"The mail server takes no mail from our address. {TELL}"),
    ("SMTPRecipientsRefused|SMTPNotSupported", "This address takes no mail. Correct it on the request, or call."),
    ("SMTPDataError|SMTPResponse", f"It was rejected, perhaps as spam. Call the person. {TELL}"),
    ("SMTP|Timeout|Connection|gaierror|SSL|OSError", f"The mail server does not answer. If it lasts an hour: {TELL}"),
    ("DESK_EMAIL", f"The desk has no email address yet. {TELL}"),
    (r"[A-Z]\w+$", f"This mail could not be written. {TELL}"),
)


class AuditChangeList(DeskChangeList):
    def days(self) -> dict[str, Any]:
        """Return the context of Django's date_hierarchy.html: all years, or the months or days of the chosen one.

        Django's own tag leaves out empty ones, for which it reads the whole table (seconds for a million rows).
        """
        names = ("at__year", "at__month", "at__day")
        chosen = {name: int(self.params[name]) for name in takewhile(self.params.__contains__, names)}
        titles: dict[int, Any] = {}
        if not chosen:
            oldest = AuditEvent.objects.last()
            first = oldest.at if oldest else timezone.now()
            titles = {year: year for year in range(timezone.localtime(first).year, timezone.localdate().year + 1)}
        elif len(chosen) == 1:
            titles = MONTHS
        elif len(chosen) == 2:
            titles = {day: day for day in range(1, monthrange(*chosen.values())[1] + 1)}
        choices = [
            {"link": self.get_query_string(chosen | {names[len(chosen)]: number}), "title": title}
            for number, title in titles.items()
        ]
        back = {"link": self.get_query_string(remove=[[*chosen][-1]]), "title": "Back"} if chosen else None
        return {"choices": choices, "back": back}


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("when", "by", "what", "number_link", describe)
    list_filter = (WhatFilter, WhoFilter)
    date_hierarchy = "at"
    list_select_related = ("by",)
    search_fields = ("number",)  # shows the box; get_search_results decides what it finds
    search_help_text = "Request number"
    change_list = AuditChangeList

    def when(self, obj: AuditEvent) -> str:
        return format_moment(obj.at)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return queryset.filter(number=plain_number(search_term)) if search_term else queryset, False


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("number_link", "kind", "state", "made", "tries", "trouble", "next_try")
    list_filter = (StateFilter,)
    list_select_related = ("request",)
    ordering = ("-pk",)
    actions = ("send_again",)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("triage.change_notice")

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        count = outbox.send_again(queryset, by=cast(User, request.user))
        messages.success(request, f"To be sent again: {count}.")

    def state(self, obj: Notice) -> str:
        if obj.sent_at:
            return f"Sent {format_moment(obj.sent_at)}"
        if obj.dealt_with_at:
            return f"Dealt with {format_moment(obj.dealt_with_at)}"
        return f"Did not go out, {format_moment(obj.given_up_at)}" if obj.given_up_at else "Waiting"

    @admin.display(description="what to do")
    def trouble(self, obj: Notice) -> str:
        """Return what to do about the last error, and its code for whoever runs the site."""
        words = next((words for start, words in TROUBLE if re.match(start, obj.last_error)), "")
        return format_html("{}<br><small>{}</small>", words, obj.last_error) if words else obj.last_error

    def made(self, obj: Notice) -> str:
        return format_moment(obj.created_at)

    def next_try(self, obj: Notice) -> str:
        return "" if obj.sent_at or obj.given_up_at else format_moment(obj.next_try_at)
