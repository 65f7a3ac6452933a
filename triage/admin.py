"""Where Django looks for the staff side. It lives in the booking room."""

from triage.booking import admin, audit_admin, staff_admin

__all__ = ["admin", "audit_admin", "staff_admin"]
