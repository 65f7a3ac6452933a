"""A GET changes nothing on the staff side: mail scanners, for example, open every link."""

import re
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.urls import URLPattern, URLResolver, get_resolver

from tests.conftest import PatientClient
from triage.booking import actions
from triage.booking.models import AuditEvent, BookingRequest, Notice, StaffAccount

# The test's own GETs are recorded, as they should be: views, and tries without permission.
WRITTEN_DOWN = (AuditEvent.What.VIEWED, AuditEvent.What.REFUSED)


def staff_addresses(patterns: list, before: str = "") -> Iterator[tuple[str, str]]:
    """Each address under /admin/ as Django writes it, with its name."""
    for each in patterns:
        address = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from staff_addresses(each.url_patterns, address)
        elif isinstance(each, URLPattern) and address.startswith("admin/"):
            yield address, each.name or ""


def fill_in(address: str, default: object = 1, **values: object) -> str:
    """The address, with these values for its parameters and the default for all others."""
    place = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")
    filled = place.sub(lambda found: str(values.get(found[1] or found[2], default)), address)
    return "/" + filled.replace("^", "").replace("$", "")


def address_of(address: str, name: str, stored: BookingRequest) -> str:
    """The address for an object that exists."""
    keys = {
        "triage_auditevent": AuditEvent.objects.first().pk,
        "triage_notice": Notice.objects.first().pk,
        "triage_staffaccount": StaffAccount.objects.get(username="front-desk").pk,
    }
    key = next((key for model, key in keys.items() if name.startswith(model)), stored.pk)
    return fill_in(
        address,
        key,
        content_type_id=ContentType.objects.get_for_model(BookingRequest).pk,
        app_label="triage",
        url="no-such-page/",
        pk=Authenticator.objects.first().pk,
    )


ADDRESSES = list(staff_addresses(get_resolver().url_patterns))
MODELS = ("bookingrequest", "notice", "auditevent", "staffaccount")


def content() -> dict[str, list]:
    """All rows, without sessions and the audit events of the test's own GETs."""
    return {
        model._meta.label: list(
            (model.objects.exclude(what__in=WRITTEN_DOWN) if model is AuditEvent else model._base_manager.all())
            .order_by("pk")
            .values()
        )
        for model in apps.get_models(include_auto_created=True)
        if model is not Session
    }


@pytest.fixture
def everything(send, answers, staff_user, manager_user) -> BookingRequest:
    stored = send(shared=answers)
    send()
    actions.add_note(request=stored, by=staff_user, text="A note")
    Notice.objects.filter(kind="patient").update(given_up_at=stored.created_at)
    return stored


@pytest.mark.slow
@pytest.mark.parametrize("who", ["manager", "root"])
def test_opening_any_changes_nothing(everything, who):
    if who == "root":
        User.objects.create_superuser("root")
    client = PatientClient()
    client.force_login(User.objects.get(username=who))
    # What the buttons of the pages would post, in the address.
    asked = {
        "action": "mark_spam",
        "_selected_action": everything.pk,
        "index": "0",
        "post": "yes",
        "_move_spam": "x",
        "seen": everything.version,
        "text": "x",
        "erase": everything.pk,
    }
    assert {f"triage_{model}_change" for model in MODELS} <= {name for _address, name in ADDRESSES}
    before = content()
    for address, name in ADDRESSES:
        opened = address_of(address, name, everything)
        assert not re.search(r"[<>()?*]", opened), f"the walk does not know how to open {opened}"
        for query in ({}, asked):
            answer = client.get(opened, query)
            assert answer.status_code in (200, 302, 400, 403, 404, 405), opened
    assert content() == before
    assert client.get("/admin/").status_code == 200, "still signed in"
