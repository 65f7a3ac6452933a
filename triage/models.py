"""Where Django looks for models. They live in the booking room."""

from triage.booking.models import BookingRequest, StaffAccount, StaffNote

__all__ = ["BookingRequest", "StaffAccount", "StaffNote"]
