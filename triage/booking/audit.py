"""Reading the audit trail, and writing down what was refused."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.http import HttpRequest

from triage.booking import actions
from triage.booking.models import AuditEvent, BookingRequest


def recording_refusals(view: Callable[..., Any]) -> Callable[..., Any]:
    """A staff view of which the audit trail says who tried it without permission."""

    @wraps(view)
    def recorded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except PermissionDenied:
            page = request.resolver_match.url_name if request.resolver_match else ""
            key = str(kwargs.get("object_id", ""))
            is_about_a_request = str(page).startswith("triage_bookingrequest") and key.isdecimal()
            about = BookingRequest.objects.filter(pk=key).first() if is_about_a_request else None
            actions.record(AuditEvent.What.REFUSED, by=cast(User, request.user), request=about, page=page)
            raise

    return recorded


def said(event: AuditEvent) -> str:
    """What an event tells besides what was done: the fields, by the names that people see, and counts."""
    details = event.details.copy()
    fields = [_name(field) for field in details.pop("fields", [])]
    others = [f"{name}: {', '.join(map(str, it)) if isinstance(it, list) else it}" for name, it in details.items()]
    return "; ".join([", ".join(fields)] * bool(fields) + others)


def _name(field: str) -> str:
    try:
        return str(cast(Any, BookingRequest._meta.get_field(field)).verbose_name)
    except FieldDoesNotExist:  # it had another name then
        return field
