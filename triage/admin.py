"""Where Django looks for the staff side. It lives in the booking room."""

from triage.booking import admin

__all__ = ["admin"]
