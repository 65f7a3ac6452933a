"""The tables. Only triage.booking.actions writes requests, notes and notices; triage.booking.outbox updates notices."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import phonenumbers
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Replace, Right, StrIndex, Substr
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumberFormat

from triage.clinical.care_levels import CareLevel

# Without characters that are easily misheard or misread (0 O, 1 I L, 5 S, 8 B), and without vowels, which spell words.
NUMBER_ALPHABET = "234679CDFGHJKMNPQRTVWXYZ"
NUMBER_LENGTH = 6


# The values of all choices are stored: never rename one. Labels that only staff see are not translated.
class Status(models.TextChoices):
    NEW = "new", "New"
    CONTACTED = "contacted", "Contacted"
    SCHEDULED = "scheduled", "Scheduled"
    CLOSED = "closed", "Closed"
    SPAM = "spam", "Spam"


class Contact(models.TextChoices):
    """The outcome of a try to reach the person."""

    REACHED = "reached", "Reached"
    LEFT_MESSAGE = "left_message", "Left a message"
    NO_ANSWER = "no_answer", "No answer"
    WRONG_NUMBER = "wrong_number", "Wrong number or address"
    DID_NOT_COME = "did_not_come", "Did not come"


HEARD_FROM_US = (Contact.REACHED, Contact.LEFT_MESSAGE)  # outcomes that count as first contact


class ClosingReason(models.TextChoices):
    """Why a request was closed."""

    VISIT = "visit", "After the visit"
    ELSEWHERE = "elsewhere", "Booked elsewhere"
    NO_REPLY = "no_reply", "No reply after 3 tries"
    DUPLICATE = "duplicate", "Duplicate"
    NOT_OURS = "not_ours", "Not ours"
    OTHER = "other", "Other"


# The desk still has something to do. A scheduled visit is in the clinic's own calendar.
OPEN = (Status.NEW, Status.CONTACTED)
UNFINISHED = (*OPEN, Status.SCHEDULED)


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
    """The language to speak with the person, whatever languages the site has."""

    EN = "en", "English"
    ES = "es", "Español"


# What the desk may note in a call, and its labels. The form does not ask for it: see docs/data-map.md.
DESK_FACTS = {"heard_of_us": "heard of us from, or referring doctor", "insurance": "insurance", "born": "date of birth"}


# The columns that the request form asks for.
ASKED_FIELDS = (
    *("for_whom", "name", "phone", "email", "reach_by", "good_time"),
    *("preferred_days", "part_of_day", "location", "language", "note"),
)
BARE_PHONE = Substr("phone", 1, StrIndex(Concat("phone", Value(";")), Value(";")) - 1)


class BookingRequest(models.Model):
    """A person's request to be called about a visit. Never an appointment."""

    number = models.CharField("number", max_length=NUMBER_LENGTH, unique=True)
    # Made with the blank form, so that a form that is sent twice makes one request.
    request_key = models.UUIDField(unique=True)
    created_at = models.DateTimeField("asked")
    updated_at = models.DateTimeField("last change", auto_now=True)

    status = models.CharField("status", max_length=10, choices=Status, default=Status.NEW)
    status_changed_at = models.DateTimeField("status changed", null=True)
    # No index: nothing filters by it, and each new request would have to write it.
    status_changed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name="status changed by", db_index=False
    )

    # Empty: not closed, or closed without a reason.
    closing_reason = models.CharField("reason", max_length=10, choices=ClosingReason, blank=True, db_default="")
    visit_at = models.DateTimeField("visit", null=True)  # None: no visit is agreed on

    # Goes up by one with every change. A change made from an outdated page is refused.
    version = models.PositiveIntegerField(default=1)
    # No index of its own: see Meta.indexes.
    assigned_to = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name="assigned to", db_index=False
    )
    first_contact_at = models.DateTimeField("first contact", null=True)  # when the person first heard from us
    # When to try again to reach the person; None: no time is set.
    call_at = models.DateTimeField("call again at", null=True)
    # Where the visit is: a code from clinic.toml, or empty.
    visit_location = models.CharField("place of the visit", max_length=50, blank=True, db_default="")

    for_whom = models.CharField("for whom", max_length=5, choices=ForWhom)
    name = models.CharField("name", max_length=100)
    folded_name = models.TextField(db_default="")  # the name as it is searched and compared: see triage.text.fold
    phone = models.CharField("phone", max_length=128, blank=True)  # RFC 3966, like "tel:+1-212-555-0142;ext=7"
    # The phone up to the ";", so that it is found with any extension.
    bare_phone = models.GeneratedField(
        expression=BARE_PHONE, output_field=models.CharField(max_length=128), db_persist=True
    )
    # Its last digits, for a search by what a display shows.
    phone_end = models.GeneratedField(
        expression=Right(Replace(BARE_PHONE, Value("-"), Value("")), 4),
        output_field=models.CharField(max_length=4),
        db_persist=True,
    )
    email = models.EmailField("email", blank=True)
    # The patient's own phone or email, by the name of the field, if the desk has corrected it.
    as_sent: Any = models.JSONField("as sent", null=True)
    # By the names in DESK_FACTS, without unknown ones; a date as 1980-05-04. None: nothing is known.
    desk_facts: Any = models.JSONField("asked by the desk", null=True)
    mailbox = models.TextField(db_default="")  # the email as it is counted: see triage.text.mailbox
    reach_by = models.CharField("reach by", max_length=5, choices=ReachBy)
    good_time = models.CharField("good time", max_length=9, choices=PartOfDay)
    preferred_days = models.JSONField("days that work", default=list)  # weekday codes. Empty: any day.
    part_of_day = models.CharField("part of day", max_length=9, choices=PartOfDay)
    # A code from clinic.toml. Empty: any location.
    location = models.CharField("location", max_length=50, blank=True)
    language = models.CharField("language", max_length=2, choices=Language)
    note = models.TextField("anything to know", blank=True)
    # The words they agreed to, by their version in docs/consent.md: on contact, and on text messages. Empty: not asked.
    consent_version = models.CharField("words agreed to", max_length=10, default="", db_default="")
    text_consent_version = models.CharField("words agreed to for texts", max_length=10, default="", db_default="")
    # Above the limit of its network address: see triage.booking.limits.
    is_flagged = models.BooleanField("one of many", db_default=False)
    consented_at = models.DateTimeField("agreed to be contacted")

    # Only with the person's consent. Stored as codes and as the text they saw, which may change later.
    shared_answers: Any = models.JSONField("answers of the check", null=True)
    shared_level = models.PositiveSmallIntegerField(
        "what the check told them", null=True, choices=[(level.value, level.shown.label) for level in CareLevel]
    )
    rules_version = models.CharField("version of the check", max_length=20, blank=True)

    # Not columns. Set by triage.booking.search.number_same_person and from triage.desk.history.opened_lately.
    same_person: tuple[int, int] | None = None
    opened: Iterable[str] = ()

    class Meta:
        verbose_name = "request"
        verbose_name_plural = "requests"
        default_permissions = ("view", "change")
        permissions = [("export_bookingrequest", "Can export requests"), ("erase_bookingrequest", "Can erase requests")]
        ordering = ["created_at", "id"]
        indexes = [
            # Status first, as the open requests are few. The last columns help to filter the archive.
            models.Index(fields=["status", "created_at", "id", "shared_level", "assigned_to"], name="request_queue"),
            models.Index(fields=["created_at", "id", "status", "shared_level", "assigned_to"], name="request_age"),
            models.Index(fields=["bare_phone"], name="request_phone"),
            models.Index(fields=["phone_end"], name="request_phone_end"),
            models.Index(fields=["mailbox"], name="request_mailbox"),
            # For part of a name SQLite reads this whole index, which is much smaller than the table.
            models.Index(fields=["folded_name", "mailbox", "number"], name="request_search"),
            models.Index(fields=["first_contact_at", "id"], name="request_first_contact"),
            models.Index(
                fields=["status_changed_at", "closing_reason"],
                name="request_closing_reason",
                condition=~Q(closing_reason=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="request_reachable_as_asked",
                condition=(Q(reach_by=ReachBy.EMAIL) & ~Q(email=""))
                | (Q(reach_by__in=[ReachBy.CALL, ReachBy.TEXT]) & ~Q(phone="")),
            ),
            # A reopened request is new, with who reopened it and when. The worker closes requests, without a user.
            models.CheckConstraint(
                name="request_status_says_who_and_when",
                condition=Q(status=Status.NEW, status_changed_at=None, status_changed_by=None)
                | Q(status=Status.CLOSED, status_changed_at__isnull=False, status_changed_by=None)
                | Q(status__in=Status.values, status_changed_at__isnull=False, status_changed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="request_shared_answers_are_whole",
                condition=Q(shared_answers__isnull=True, shared_level__isnull=True, rules_version="")
                # isnull as well as in: a CHECK passes if a comparison with NULL gives NULL.
                | Q(
                    ~Q(rules_version=""),
                    shared_answers__isnull=False,
                    shared_level__isnull=False,
                    shared_level__in=[level.value for level in CareLevel],
                ),
            ),
        ]

    def __str__(self) -> str:
        """Return the number in two groups. It is not personal, so it may be logged."""
        return f"{self.number[:3]} {self.number[3:]}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def agreed_visit_at(self) -> dt.datetime | None:
        """When the visit is or was. None for an open request: a reopened one keeps `visit_at` for Undo only."""
        return None if self.is_open else self.visit_at

    @property
    def is_visit_ahead(self) -> bool:
        """Whether a visit has a time, which is not over."""
        return self.status == Status.SCHEDULED and self.visit_at is not None and self.visit_at > timezone.now()

    @property
    def assigned_to_shown(self) -> str:
        """The assignee's name, with "(left)" if their account is closed; "" for nobody."""
        if not self.assigned_to:
            return ""
        return f"{self.assigned_to}" if self.assigned_to.is_active else f"{self.assigned_to} (left)"

    @property
    def phone_shown(self) -> str:
        """The phone number like (212) 555-0142, or with its country code if foreign; "" if there is none."""
        if not self.phone:
            return ""
        number = phonenumbers.parse(self.phone)
        style = PhoneNumberFormat.NATIONAL if number.country_code == 1 else PhoneNumberFormat.INTERNATIONAL
        return phonenumbers.format_number(number, style)


class StaffNote(models.Model):
    """A note by the staff, the outcome of a try to reach the person, or both. Never changed."""

    request = models.ForeignKey(BookingRequest, models.CASCADE, related_name="notes", verbose_name="request")
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="author")
    contact = models.CharField("tried to reach", max_length=12, choices=Contact, blank=True)
    text = models.TextField("note", max_length=2000, blank=True)
    created_at = models.DateTimeField("written", auto_now_add=True)
    # Made with the form, so that a note that is sent twice is stored once.
    key = models.UUIDField(null=True, unique=True)

    class Meta:
        verbose_name = "note"
        verbose_name_plural = "notes"
        default_permissions = ()
        ordering = ["created_at", "id"]
        constraints = [models.CheckConstraint(name="note_says_something", condition=~Q(text="") | ~Q(contact=""))]

    def __str__(self) -> str:
        """Return no text of the note, as this may be logged."""
        return f"{self.pk} on {self.request}"


# Condition for notices that are neither sent nor given up.
WAITING = Q(sent_at__isnull=True, given_up_at__isnull=True)


class Notice(models.Model):
    """An email to send: the outbox. One about a request is created in the transaction that stores the request."""

    class Kind(models.TextChoices):
        DESK = "desk", "New request, to the desk"
        PATIENT = "patient", "Confirmation, to the patient"
        DIGEST = "digest", "What waits, to the desk"
        # Answers of the staff: see templates/booking/mail/reply.txt.
        TRIED = "tried", "We tried to call"
        CALL_US = "call_us", "Please call us"
        VISIT = "visit", "Your visit is set"
        MORE = "more", "We need one more thing"
        NOT_OURS = "notours", "Sorry, not ours"

    REPLIES = tuple(Kind.choices[3:])

    # None for a digest.
    request = models.ForeignKey(
        BookingRequest, models.CASCADE, null=True, related_name="notices", verbose_name="request"
    )
    day = models.DateField(null=True, unique=True)  # of a digest. Unique, so that several workers add one a day.
    kind = models.CharField("kind", max_length=7, choices=Kind)
    created_at = models.DateTimeField("made", auto_now_add=True)
    next_try_at = models.DateTimeField("next try", default=timezone.now)
    tries = models.PositiveSmallIntegerField("tries", default=0)
    # The kind of error, never its text: mail servers quote the address.
    last_error = models.CharField("last error", max_length=100, blank=True)
    claim = models.UUIDField(null=True)  # see triage.booking.outbox
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField("sent", null=True)
    given_up_at = models.DateTimeField("given up", null=True)
    # When somebody at the desk told the patient in another way.
    dealt_with_at = models.DateTimeField("dealt with", null=True)

    class Meta:
        verbose_name = "mail"
        verbose_name_plural = "mail"
        default_permissions = ("view", "change")
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["next_try_at", "id"], name="notice_due", condition=WAITING),
            models.Index(fields=["given_up_at"], name="notice_given_up", condition=Q(given_up_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="notice_is_sent_or_given_up", condition=Q(sent_at__isnull=True) | Q(given_up_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} about {self.request}"


class AuditEvent(models.Model):
    """Who did what, and when. Never changed. Holds no patient data, so it is kept after an erasure."""

    class What(models.TextChoices):
        SENT = "sent", "Sent by the patient"
        SENT_AGAIN = "sent_again", "Changed by the patient"
        VIEWED = "viewed", "Viewed"
        CHANGED = "changed", "Changed"
        NOTED = "noted", "Note added"
        REPLIED = "replied", "Reply to the patient"
        EXPORTED = "exported", "Exported"
        ERASED = "erased", "Erased"
        REFUSED = "refused", "Tried without permission"
        SIGNED_IN = "signed_in", "Signed in"
        SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
        SECOND_FACTOR = "second_factor", "App or passkey changed"
        ACCOUNT = "account", "Staff account changed"
        NOTICE = "notice", "Mail that did not go out"
        CLOSURE = "closure", "Closed day changed"

    at = models.DateTimeField("when", default=timezone.now)
    # None for the patient, a command, or a failed sign-in.
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="who", db_index=False)
    what = models.CharField("what", max_length=15, choices=What)
    number = models.CharField("request", max_length=NUMBER_LENGTH, blank=True)
    # Names of fields, actions and filters, and counts; never the value of a field.
    details: Any = models.JSONField("details", default=dict)

    class Meta:
        verbose_name = "audit event"
        verbose_name_plural = "audit trail"
        default_permissions = ("view",)
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["number", "at", "id"], name="audit_of_request"),
            models.Index(fields=["at", "id"], name="audit_age"),
            models.Index(fields=["what", "at", "id"], name="audit_kind"),
            models.Index(fields=["by", "at", "id"], name="audit_by"),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.number}".strip()


class Closure(models.Model):
    """A day that a manager closed, or on which the desk closes early. It replaces a holiday on that day."""

    class Reason(models.TextChoices):
        """Shown to patients, so it cannot be typed."""

        HOLIDAY = "holiday", _("Holiday")
        WEATHER = "weather", _("Bad weather")
        TRAINING = "training", _("Staff training")
        REPAIRS = "repairs", _("Repairs")

    date = models.DateField("day", unique=True)
    closes_at = models.TimeField("closes at", null=True, blank=True, help_text="Empty: closed the whole day.")
    reason = models.CharField("reason", max_length=10, choices=Reason, blank=True, help_text="Patients see it.")

    class Meta:
        verbose_name = "closed day"
        verbose_name_plural = "closed days"
        ordering = ["-date"]

    def __str__(self) -> str:
        hours = f"closes at {self.closes_at:%H:%M}" if self.closes_at else "closed"
        return ", ".join(filter(None, (str(self.date), hours, self.reason)))


class RateLimitHit(models.Model):
    """One request counted against the limits. Holds nothing personal, and is deleted after a day."""

    # A keyed hash of an address, a phone number or an email: see triage.booking.limits.
    key = models.CharField(max_length=32)
    # The column keeps its first name, "at", so that a release can go back.
    counts_until = models.DateTimeField(db_column="at")

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["key", "counts_until"], name="rate_limit_hit_key")]

    def __str__(self) -> str:
        return str(self.pk)


class StaffLocation(models.Model):
    """The location at whose desk a member of the staff works. Without one they work for all."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="works_at")
    location = models.CharField("works at", max_length=50)  # a code from clinic.toml

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} at {self.location}"


class StaffAccount(User):
    """A user as managers see and edit it in the admin."""

    new_password = ""  # one that was just given, to be shown once: it is no column

    class Meta:
        proxy = True
        verbose_name = "staff account"
        verbose_name_plural = "staff accounts"
        default_permissions = ("add", "change", "view")
        ordering = ["username"]
