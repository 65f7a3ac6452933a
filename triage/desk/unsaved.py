"""What a person sent after the time of their session was up: kept until the same person has signed in again."""

import json

from cryptography.fernet import InvalidToken
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from triage.desk.sign_in import cipher

# The key in the session of a person who must sign in again, and how long it may lie there.
UNSAVED, KEPT_SECONDS = "unsaved", 60 * 60
# Not shown: only the page that is sent again needs them.
HIDDEN = {"csrfmiddlewaretoken", "seen", "key", "last_note", "action", "index", "select_across"}


def keep(request: HttpRequest, user: User) -> None:
    """Keep the posted form of `user` in the session, encrypted: notes are about patients, and sessions are a table.

    A form with a password is not kept.
    """
    if request.resolver_match and request.resolver_match.url_name != "password_change":
        fields = [[name, values] for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"]
        text = json.dumps([user.pk, request.get_full_path(), fields])
        request.session[UNSAVED] = cipher().encrypt(text.encode()).decode()


def offer(request: HttpRequest) -> HttpResponse | None:
    """Return a page that shows what was kept and sends it on, until one of its buttons is pressed.

    None if nothing was kept, or another person did. Whatever is posted next ends it.
    """
    if request.method == "POST":
        request.session.pop(UNSAVED, None)
    kept = request.session.get(UNSAVED)
    if not kept or request.method != "GET":
        return None
    try:
        owner, address, fields = json.loads(cipher().decrypt(kept, ttl=KEPT_SECONDS))
    except InvalidToken:
        owner = None
    if owner != request.user.pk:
        del request.session[UNSAVED]
        return None
    context = {
        "address": address,
        "fields": [(name, value) for name, values in fields for value in values],
        "typed": [(name.strip("_").replace("_", " "), values) for name, values in fields if name not in HIDDEN],
        "title": "This was not saved",
        "has_permission": True,
    }
    return TemplateResponse(request, "admin/unsaved.html", context)
