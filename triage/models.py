"""Where Django looks for models. They are in triage.booking.models."""

from triage.booking.models import BookingRequest, StaffAccount, StaffNote

__all__ = ["BookingRequest", "StaffAccount", "StaffNote"]
