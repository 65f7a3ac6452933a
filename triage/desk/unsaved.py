"""Keeps a form that was sent after the session ended, until the same person has signed in again."""

import json
from contextlib import suppress
from typing import Any

from cryptography.fernet import InvalidToken
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from triage.desk.sign_in import cipher

# Session keys: the user who was signed out, and the forms they sent since, which are kept for KEPT_SECONDS.
OWNER, UNSAVED, KEPT_SECONDS = "signed_out", "unsaved", 60 * 60
# Fields that are sent again, but not shown.
HIDDEN = {"seen", "key", "last_note", "latest_event", "action", "index", "select_across", ACTION_CHECKBOX_NAME}


def keep(request: HttpRequest, owner: int | None) -> bool:
    """Keep a posted form of the admin in the session, encrypted, as notes are about patients. Return whether it was.

    owner: the user who was signed out; None keeps nothing. Passwords and the sign-out are not kept either.
    """
    page = request.resolver_match
    if owner is None or request.method != "POST" or page is None or page.app_name != "admin":
        return False
    if page.url_name in ("logout", "password_change"):
        return False
    fields = [[name, values] for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"]
    text = json.dumps([owner, request.get_full_path(), fields])
    request.session[UNSAVED] = [*request.session.get(UNSAVED, []), cipher().encrypt(text.encode()).decode()]
    return True


def _read(sealed: str, request: HttpRequest) -> Any:
    """Return the address and the fields of a kept form; None if it is another person's, or too old."""
    with suppress(InvalidToken):
        owner, address, fields = json.loads(cipher().decrypt(sealed, ttl=KEPT_SECONDS))
        if owner == request.user.pk:
            return address, fields
    return None


def _shown(fields: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
    """Return the typed fields with readable names; of a list's action the button, and the number of rows."""
    typed = {name: values for name, values in fields.items() if name not in HIDDEN and not name.startswith("initial-")}
    if rows := fields.get(ACTION_CHECKBOX_NAME):
        buttons = {str(place): [name.replace("_", " ")] for place, name in enumerate(fields.get("action", []))}
        typed |= {"button": buttons.get(fields.get("index", ["0"])[0], []), "checked_rows": [str(len(rows))]}
    return [(name.strip("_").replace("_", " "), values) for name, values in typed.items()]


def offer(request: HttpRequest) -> HttpResponse | None:
    """Return a page that shows the first kept form, and can send it again; None if nothing was kept."""
    kept = request.session.get(UNSAVED, [])
    if kept and request.method == "POST":  # one of the buttons of that page
        request.session[UNSAVED] = kept[1:]
    while kept and request.method == "GET":
        if form := _read(kept[0], request):
            address, fields = form
            context = admin.site.each_context(request) | {
                "address": address,
                "fields": [(name, value) for name, values in fields for value in values],
                "typed": _shown(dict(fields)),
                "title": "This was not saved",
            }
            return TemplateResponse(request, "admin/unsaved.html", context)
        kept = request.session[UNSAVED] = kept[1:]
    return None
