"""Registers the admin pages, which are in triage.desk."""

from triage.desk import accounts, audit, requests

__all__ = ["accounts", "audit", "requests"]
