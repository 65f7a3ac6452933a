"""Written answers of the staff: in the patient's language, sent once, with a note, and without health information."""

import datetime as dt
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from tests.reading import ReadPage
from tests.unit.conftest import MONDAY_NOON, make_request
from tests.unit.desk.test_requests import page_of, post
from triage.booking import actions, outbox
from triage.booking.mail import mail_for, words_for
from triage.booking.models import AuditEvent, BookingRequest, Notice, StaffNote, Status
from triage.clinical.answers import SymptomAnswers

KINDS = [kind for kind, _label in Notice.REPLIES]
AHEAD = timezone.now() + dt.timedelta(days=9)
HEALTH = re.compile(
    r"back|spine|spasm|pain|hurt|ache|symptom|injur|medic|doctor|nurse|surg|bone|joint|clinic|treat|diagnos|health|patient"
    r"|espalda|column|dolor|duele|s.ntoma|lesi.n|m.dic|enferm|cirug|hueso|cl.nic|tratamiento|salud|paciente",
    re.I,
)


@pytest.mark.parametrize("kind", Notice.Kind)
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_mail_is_about_health_or_says_what_was_typed(db, settings, kind, language):
    """Other people may read a mail. It names 911 but no sign, not even a shared one: a full list would be too long."""
    settings.DESK_EMAIL = "desk@example.com"
    shared = SymptomAnswers.from_dict({"signs": ["balance", "saddle"]})
    typed = {"note": "I use a wheelchair", "phone": "tel:+1-718-555-0199"}
    request = make_request(language=language, shared=shared, **typed)
    request.status = "scheduled"
    for request.visit_at in (None, MONDAY_NOON):
        about = None if kind == "digest" else request
        sent = mail_for(Notice(kind=kind, request=about, created_at=MONDAY_NOON))
        text = "\n".join([sent.subject, sent.body, *sent.extra_headers.values()]).replace(settings.CLINIC.name, "")
        assert not HEALTH.search(text)
        without_phone = text.replace(settings.CLINIC.phone_shown, "")
        assert not re.search("Rosa|Diaz|wheelchair|0142|balance|equilibrio", without_phone)
        assert max(len(sentence.split()) for sentence in re.split(r"[.?!]\s", sent.body)) <= 20
        to_patient = sent.to == [request.email]
        assert ("911" in text) == (settings.CLINIC.phone_shown in text) == to_patient
        assert (str(request) in sent.subject) == (about is not None)


def test_a_visit_is_said_in_clinic_time_with_its_place_and_in_their_language(db):
    request = make_request()
    request.status, place = "scheduled", settings.CLINIC.locations[1]
    request.visit_at = AHEAD
    for request.visit_location, request.language, words in (
        (place.code, "en", "Where: Location 2\n"),
        (place.code, "es", "Dónde: Clínica 2\n"),
        ("closed_since", "en", ""),
        ("", "en", ""),
    ):
        body = words_for(request, "visit")[1]
        assert words in body
        assert ("Where:" in body or "Dónde:" in body) == bool(words)
        assert "Please call" not in body, "nobody has to call about a visit that is set"
        assert str(request) in body
        assert "Location" not in words_for(request, "more")[1]
    for minute, request.language, words in (
        (0, "en", "Tuesday, December 1, 9 AM."),
        (30, "en", "Tuesday, December 1, 9:30 AM."),
        (0, "es", "Su cita es el martes 1 de diciembre, 9\xa0a.m.\n"),
    ):
        request.visit_at = dt.datetime(2026, 12, 1, 14, minute, tzinfo=dt.UTC)
        assert words in words_for(request, "visit")[1]


@pytest.mark.parametrize("kind", KINDS)
def test_an_email_is_sent_once_and_leaves_a_note(staff_client, staff_user, kind):
    stored = make_request(language="es")
    if kind == "visit":
        stored = actions.change_status(request=stored, to=Status.SCHEDULED, by=staff_user, visit_at=AHEAD)
    Notice.objects.all().delete()
    for status in (302, 409):  # pressed twice
        assert post(staff_client, stored, reply=kind, _reply_send="x").status_code == status
    assert [each.sent_at is not None for each in iter(outbox.send_next, None)] == [True]
    (sent,) = mail.outbox
    assert (sent.to, (sent.subject, sent.body)) == (["Rosa@example.com"], words_for(stored, kind))
    assert sent.subject.startswith("Sobre su solicitud")
    label = dict(Notice.REPLIES)[kind]
    assert [(note.text, note.author) for note in StaffNote.objects.all()] == [(f"Sent by email: {label}", staff_user)]
    event = AuditEvent.objects.get(what="replied")
    assert (event.by, event.number, event.details) == (staff_user, stored.number, {"words": kind, "way": "by email"})


@pytest.mark.parametrize(
    ("to", "visit_at", "chosen"),
    [
        ("contacted", None, "tried"),
        ("scheduled", AHEAD, "visit"),
        ("scheduled", None, "tried"),
        ("scheduled", MONDAY_NOON, "tried"),
    ],
)
def test_after_a_visit_is_set_the_mail_that_says_so_is_one_click(staff_client, staff_user, to, visit_at, chosen):
    at = {"visit_at": visit_at} if to == "scheduled" else {}
    stored = actions.change_status(request=make_request(), to=Status(to), by=staff_user, **at)
    page = staff_client.get(page_of(stored)).content.decode()
    assert re.findall(r'<option value="(\w+)" selected>', page.partition('name="reply"')[2])[0] == chosen


@pytest.mark.parametrize("ends", ["before", "contacted", "without a time", "over", "reopened", "missed", "closed"])
def test_no_mail_says_that_a_visit_is_set_where_none_is(staff_client, staff_user, ends):
    stored = make_request()
    Notice.objects.all().delete()
    for to in {"before": [], "contacted": ["contacted"]}.get(ends, ["scheduled"]):
        at = {"visit_at": AHEAD} if to == "scheduled" and ends != "without a time" else {}
        stored = actions.change_status(request=stored, to=Status(to), by=staff_user, **at)
    is_set = stored.visit_at is not None
    for way in ("_reply_open", "_reply_send"):
        assert post(staff_client, stored, reply="visit", **{way: "x"}).status_code == (302 if is_set else 409)
        stored.refresh_from_db()
    match ends:  # before the mail server answers
        case "over":
            BookingRequest.objects.update(visit_at=MONDAY_NOON)
        case "missed":
            actions.add_note(request=stored, by=staff_user, contact="did_not_come")
        case "reopened" | "closed":
            to = Status.NEW if ends == "reopened" else Status.CLOSED
            actions.change_status(request=stored, to=to, by=staff_user)
    assert len(list(iter(outbox.send_next, None))) == is_set
    assert not mail.outbox
    assert not Notice.objects.filter(outbox.UNSENT).exists(), "it was left out on purpose"


@pytest.mark.parametrize(
    "email", ["Rosa@example.com", "a&cc=b?bcc=x@example.com", "o'neil+new#1@example.com", "a%0Ab@example.com"]
)
def test_links_to_their_own_programs_are_filled_in_for_one_recipient(staff_client, staff_user, email):
    stored = make_request(reach_by="text", phone="tel:+1-212-555-0142;ext=7", email=email, language="es")
    to = post(staff_client, stored, reply="more", _reply_open="x").headers["Location"]
    assert to == f"{page_of(stored)}?reply=more"
    page = ReadPage(staff_client.get(to).content.decode())
    subject, body = words_for(stored, "more")
    (link,) = [a.get("href") for a in page.all("a") if "subject=" in (a.get("href") or "")]
    assert unquote(urlsplit(link).path) == email
    assert parse_qs(urlsplit(link).query) == {"subject": [subject], "body": [body]}
    (text,) = [a.get("href") for a in page.all("a") if "?body=" in (a.get("href") or "")]
    assert (text.partition("?")[0], parse_qs(urlsplit(text).query)) == ("sms:+12125550142", {"body": [body]})
    assert StaffNote.objects.get().text == "Sent from our own program: We need one more thing"
    assert not Notice.objects.filter(kind="more").exists()


@pytest.mark.parametrize("way", ["_reply_send", "_reply_open"])
def test_no_answer_in_writing_without_an_address(staff_client, way):
    stored = make_request(email="")
    assert "Answer in writing" not in staff_client.get(page_of(stored)).content.decode()
    assert post(staff_client, stored, reply="tried", **{way: "x"}).status_code == 409
    assert not stored.notes.exists()
    assert not stored.notices.filter(kind="tried").exists()


def test_no_text_message_unless_asked_for(staff_client, stored):
    page = staff_client.get(f"{page_of(stored)}?reply=tried").content.decode()
    assert "mailto:" in page
    assert "sms:" not in page
    for nonsense in ("desk", "patient", "x", "%00"):
        assert "Send this" not in staff_client.get(f"{page_of(stored)}?reply={nonsense}").content.decode()
    assert post(staff_client, stored, reply="desk", _reply_send="x").status_code == 422
    assert not BookingRequest.objects.get().notes.exists()
