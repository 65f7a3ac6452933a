"""The text of the notices. It holds nothing that the patient typed, and nothing about health."""

from email.utils import formataddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from triage.booking.deadlines import reply_to
from triage.booking.models import BookingRequest, Notice


class NoAddressError(Exception):
    """A notice has no address to go to. The message names what is missing."""


def mail_for(notice: Notice) -> EmailMessage:
    """Returns the email for a notice, made from the request as it is now. Raises NoAddressError."""
    is_for_desk = notice.kind == Notice.Kind.DESK
    to = settings.DESK_EMAIL if is_for_desk else notice.request.email
    if not to:
        raise NoAddressError("DESK_EMAIL is not set" if is_for_desk else "no address")
    subject, body = _for_desk(notice.request) if is_for_desk else _for_patient(notice.request)
    made, host = int(notice.created_at.timestamp()), urlsplit(settings.SITE_URL).hostname
    headers = {
        # The same each time, so that mail programs recognise a notice that was sent twice.
        "Message-ID": f"<notice-{notice.pk}-{made}@{host}>",
        "Auto-Submitted": "auto-generated",
    }
    sender = formataddr((settings.CLINIC.name, settings.DEFAULT_FROM_EMAIL))
    return EmailMessage(subject, body, sender, [to], headers=headers)


def _for_desk(request: BookingRequest) -> tuple[str, str]:
    link = settings.SITE_URL + reverse("admin:triage_bookingrequest_change", args=[request.pk])
    return f"New request {request}", render_to_string("booking/mail/desk.txt", {"number": request, "link": link})


def _for_patient(request: BookingRequest) -> tuple[str, str]:
    with translation.override(request.language):
        context = {
            "number": request,
            "reply": reply_to(request.consented_at, settings.CLINIC),
            "clinic": settings.CLINIC,
        }
        subject = gettext("We got your request: %(number)s") % {"number": request}
        return subject, render_to_string("booking/mail/patient.txt", context)
