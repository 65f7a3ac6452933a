"""What the clinic keeps of a request for a visit. Written only by triage.booking.actions."""

import secrets
from typing import Any

import phonenumbers
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from triage.clinical.care_levels import CareLevel

# Nothing that is misheard or misread (0 O, 1 I L, 5 S, 8 B), and no vowels, so that no number spells a word.
NUMBER_ALPHABET = "234679CDFGHJKMNPQRTVWXYZ"
NUMBER_LENGTH = 6


def new_number() -> str:
    """A request number that cannot be guessed. May clash with an older one, though it seldom does."""
    return "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(NUMBER_LENGTH))


# What only the staff see is not marked for translation: their side of the site is English.
class Status(models.TextChoices):
    """Stored with requests: never rename a value."""

    NEW = "new", "New"
    CONTACTED = "contacted", "Contacted"
    SCHEDULED = "scheduled", "Scheduled"
    CLOSED = "closed", "Closed"
    SPAM = "spam", "Spam"


# What still waits for the clinic. A scheduled visit lives in the clinic's own calendar.
OPEN = (Status.NEW, Status.CONTACTED)


class ForWhom(models.TextChoices):
    ME = "me", _("Me")
    CHILD = "child", _("My child")
    OTHER = "other", _("Someone else")


class ReachBy(models.TextChoices):
    CALL = "call", _("Call me")
    TEXT = "text", _("Text me")
    EMAIL = "email", _("Email me")


class PartOfDay(models.TextChoices):
    ANY = "any", _("Any time")
    MORNING = "morning", _("Morning")
    AFTERNOON = "afternoon", _("Afternoon")


class Language(models.TextChoices):
    """What the person wants to speak with us. Not tied to the languages the site is written in."""

    EN = "en", "English"
    ES = "es", "Español"


class Weekday(models.TextChoices):
    MONDAY = "monday", _("Monday")
    TUESDAY = "tuesday", _("Tuesday")
    WEDNESDAY = "wednesday", _("Wednesday")
    THURSDAY = "thursday", _("Thursday")
    FRIDAY = "friday", _("Friday")
    SATURDAY = "saturday", _("Saturday")
    SUNDAY = "sunday", _("Sunday")


class BookingRequest(models.Model):
    """One person's wish to be called about a visit. Never an appointment."""

    number = models.CharField("number", max_length=NUMBER_LENGTH, unique=True)
    # Made with the blank form: sending the same form twice makes one request.
    request_key = models.UUIDField(unique=True)
    created_at = models.DateTimeField("asked")
    updated_at = models.DateTimeField("last change", auto_now=True)

    status = models.CharField("status", max_length=10, choices=Status, default=Status.NEW)
    status_changed_at = models.DateTimeField("status changed", null=True)
    status_changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="status changed by"
    )

    for_whom = models.CharField("asking for", max_length=5, choices=ForWhom)
    name = models.CharField("name", max_length=100)
    phone = PhoneNumberField("phone", blank=True, db_index=True)
    email = models.EmailField("email", blank=True)
    reach_by = models.CharField("reach by", max_length=5, choices=ReachBy)
    good_time = models.CharField("good time to reach", max_length=9, choices=PartOfDay)
    # Weekday codes; none means that any day will do.
    preferred_days = models.JSONField("days that work", default=list)
    part_of_day = models.CharField("part of day that works", max_length=9, choices=PartOfDay)
    # A code of clinic.toml; none means that any location will do.
    location = models.CharField("location", max_length=50, blank=True)
    language = models.CharField("language", max_length=2, choices=Language)
    note = models.TextField("to know for the visit", blank=True)
    consented_at = models.DateTimeField("agreed to be contacted")

    # With the person's consent only. Their codes, and the very words they saw: both may change later.
    shared_answers: Any = models.JSONField("shared answers", null=True)
    shared_level = models.PositiveSmallIntegerField(
        "shared level", null=True, choices=[(level.value, level.shown.label) for level in CareLevel]
    )
    rules_version = models.CharField("rules version", max_length=20, blank=True)

    class Meta:
        verbose_name = "request"
        verbose_name_plural = "requests"
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["status", "created_at", "id"], name="request_queue"),
            models.Index(fields=["created_at", "id"], name="request_age"),
            models.Index(Lower("email"), name="request_email"),
        ]
        constraints = [
            models.CheckConstraint(
                name="request_reachable_as_asked",
                condition=(Q(reach_by=ReachBy.EMAIL) & ~Q(email=""))
                | (Q(reach_by__in=[ReachBy.CALL, ReachBy.TEXT]) & ~Q(phone="")),
            ),
            # A request that was reopened is new again, and still says who reopened it.
            models.CheckConstraint(
                name="request_status_says_who_and_when",
                condition=Q(status=Status.NEW, status_changed_at=None, status_changed_by=None)
                | Q(
                    status__in=Status.values,
                    status_changed_at__isnull=False,
                    status_changed_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="request_shared_answers_are_whole",
                condition=Q(shared_answers__isnull=True, shared_level__isnull=True, rules_version="")
                # isnull as well as in: a CHECK lets through what compares with NULL.
                | Q(
                    ~Q(rules_version=""),
                    shared_answers__isnull=False,
                    shared_level__isnull=False,
                    shared_level__in=[level.value for level in CareLevel],
                ),
            ),
        ]

    def __str__(self) -> str:
        """As people read it out. Holds nothing personal, so it may stand in logs and histories."""
        return f"{self.number[:3]} {self.number[3:]}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_untouched(self) -> bool:
        """No one on the staff has done anything with it yet."""
        return self.status_changed_at is None and not self.notes.exists()

    @property
    def phone_shown(self) -> str:
        """As people here write it: (212) 555-0142, with its extension; a foreign number with its country's code."""
        if not self.phone:
            return ""
        style = "NATIONAL" if self.phone.country_code == 1 else "INTERNATIONAL"
        return phonenumbers.format_number(self.phone, self.phone.format_map[style])


class StaffNote(models.Model):
    """What someone on the staff wrote down about a request. Never changed, only added."""

    request = models.ForeignKey(BookingRequest, models.CASCADE, related_name="notes", verbose_name="request")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="author")
    text = models.TextField("note", max_length=2000)
    created_at = models.DateTimeField("written", auto_now_add=True)

    class Meta:
        verbose_name = "note"
        verbose_name_plural = "notes"
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        """Says which note, never what is in it: this stands in the admin's history."""
        return f"{self.pk} on {self.request}"
