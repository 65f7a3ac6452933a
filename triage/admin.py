"""Where Django looks for the staff side. It lives in the desk's room."""

from triage.desk import accounts, audit, requests

__all__ = ["accounts", "audit", "requests"]
