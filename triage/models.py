"""Where Django looks for models. They live in the booking room."""

from triage.booking.models import BookingRequest, StaffNote

__all__ = ["BookingRequest", "StaffNote"]
