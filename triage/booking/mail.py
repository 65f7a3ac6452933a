"""The text of the notices. It holds nothing that the patient typed, and nothing about health."""

import datetime as dt
import smtplib
from email.charset import QP, Charset
from email.utils import formataddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from triage.booking.deadlines import due_at, due_now, midnight, overdue, reply_to, visits_on
from triage.booking.models import BookingRequest, Notice, Status

# Bodies in ASCII: not every mail server accepts or announces 8-bit text.
QUOTED_PRINTABLE = Charset("utf-8")
QUOTED_PRINTABLE.body_encoding = QP


# Only this module and Environment.mail() read EMAIL_… settings, which Django 6.1 replaces by MAILERS.
def is_printed() -> bool:
    """Whether mail is only printed, as no server is set."""
    return settings.EMAIL_BACKEND.endswith("console.EmailBackend")


def is_in_clear_text() -> bool:
    """Whether a password goes to the mail server without TLS. A relay on this machine has none."""
    return bool(settings.EMAIL_HOST_PASSWORD) and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL)


def try_server() -> str:
    """Signs in to the mail server, without sending anything. Returns a sentence on what went wrong, or ""."""
    try:
        with get_connection():
            return ""
    except (OSError, ValueError, smtplib.SMTPException) as error:  # ValueError: a password that is not ASCII
        return f"The site cannot sign in to the mail server {settings.EMAIL_HOST}: {type(error).__name__}."


class NoAddressError(Exception):
    """A notice has no address to go to. The message names what is missing."""


def words_for(request: BookingRequest, kind: str) -> tuple[str, str]:
    """Return the subject and the text of a notice to the patient, in the language that they asked for."""
    context = {"number": request, "clinic": settings.CLINIC, "kind": kind, "visit_at": request.agreed_visit_at}
    with translation.override(request.language):
        if kind != Notice.Kind.PATIENT:
            where = {place.code: place for place in settings.CLINIC.locations}
            context["place"] = where.get(request.visit_location) if request.agreed_visit_at else None
            subject = gettext("About your request %(number)s") % context
            return subject, render_to_string("booking/mail/reply.txt", context)
        # A mail that waited for days, or is sent again, must not promise what is past.
        is_ahead = request.status == Status.NEW and due_at(request.consented_at, settings.CLINIC) > timezone.now()
        context["reply"] = reply_to(request.consented_at, settings.CLINIC) if is_ahead else None
        subject = gettext("We got your request: %(number)s") % context
        return subject, render_to_string("booking/mail/patient.txt", context)


def digest(now: dt.datetime) -> str:
    """Return the text of the digest: counts alone."""
    tomorrow = timezone.localdate(now) + dt.timedelta(days=1)
    conditions = {
        "New": Q(status=Status.NEW),
        "Overdue": overdue(now),
        "Due today": due_now(midnight(tomorrow)),
        "Visits today": visits_on(timezone.localdate(now)),
    }
    counts = {name: BookingRequest.objects.filter(condition).count() for name, condition in conditions.items()}
    link = settings.SITE_URL + reverse("admin:index")
    return render_to_string("booking/mail/digest.txt", {"counts": counts, "link": link})


def mail_for(notice: Notice) -> EmailMessage:
    """Return the email for a notice, made from the request as it is now. Raises NoAddressError."""
    request, clinic = notice.request, settings.CLINIC
    if request is None:
        to, missing = settings.DESK_EMAIL, "DESK_EMAIL is not set"
        subject, body = "What waits at the desk", digest(timezone.now())
    elif notice.kind == Notice.Kind.DESK:
        own_desk = {place.code: place.email for place in clinic.locations}.get(request.location)
        to, missing = own_desk or settings.DESK_EMAIL, "DESK_EMAIL is not set"
        subject = f"New request {request}"
        link = settings.SITE_URL + reverse("admin:triage_bookingrequest_change", args=[request.pk])
        body = render_to_string("booking/mail/desk.txt", {"number": request, "link": link})
    else:
        to, missing = request.email, "no address"
        subject, body = words_for(request, notice.kind)
    if not to:
        raise NoAddressError(missing)
    made, host = int(notice.created_at.timestamp()), urlsplit(settings.SITE_URL).hostname
    headers = {
        "From": formataddr((clinic.name, settings.DEFAULT_FROM_EMAIL)),
        # The same for each try, so that mail programs hide a second copy.
        "Message-ID": f"<notice-{notice.pk}-{made}@{host}>",
        "Auto-Submitted": "auto-generated",
    }
    # Bounces go to the sender, so to the desk. Answers go to the clinic's own address.
    sender = settings.DESK_EMAIL or settings.DEFAULT_FROM_EMAIL
    answers_to = [] if "email" in clinic.placeholders() else [clinic.email]
    message = EmailMessage(subject, body, sender, [to], headers=headers, reply_to=answers_to)
    message.encoding = QUOTED_PRINTABLE
    return message
