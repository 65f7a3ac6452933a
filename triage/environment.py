"""Reads what differs from one installation to the next, and says how to mend what is wrong."""

import re
import warnings
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import environ

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
FLAGS = ("true", "false", "1", "0", "yes", "no", "on", "off", "")
DATABASES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
SQLITE_OPTIONS = ("timeout", "init_command")
POOLER = "DISABLE_SERVER_SIDE_CURSORS"  # Django's word for a pooler that gives each transaction another session


class SettingsError(SystemExit):
    """A missing or senseless variable. Ends the start with one sentence and no traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"Settings: {sentence}")


class Environment(environ.Env):
    """The environment's variables, typed. Each method raises SettingsError with a sentence on how to mend its own."""

    def text(self, name: str, default: str = "") -> str:
        """An empty variable, or one of blanks alone, counts as one that is not set."""
        return self.str(name, default="").strip() or default

    def secret(self, name: str) -> str:
        secret = self.text(name)
        if len(secret) < 50:
            raise SettingsError(
                (f"{name} is shorter than 50 characters." if secret else f"{name} is not set.")
                + " `make run` makes one for this machine. For a server, put the output of"
                " `python3 -c 'import secrets; print(secrets.token_urlsafe(50))'` in the environment or in .env."
            )
        return secret

    def flag(self, name: str, default: str = "false") -> bool:
        """True or false. (The library takes any unknown word for false.)"""
        text = self.text(name, default).lower()
        if text not in FLAGS:
            raise SettingsError(f"{name} must be true or false.")
        return text in self.BOOLEAN_TRUE_STRINGS

    def number(self, name: str, default: int, least: int, most: int, meaning: str) -> int:
        """A whole number from `least` to `most`."""
        text = self.text(name, str(default))
        if not text.isdecimal() or not least <= int(text) <= most:
            raise SettingsError(f"{name} must be a whole number from {least} to {most}: {meaning}.")
        return int(text)

    def address(self, name: str, default: str = "") -> str:
        """One email address, or the default."""
        address = self.text(name, default)
        if address and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", address):
            raise SettingsError(f"{name} must be one email address, like desk@example.org.")
        return address

    def site_url(self, name: str) -> str:
        """A scheme, a host and perhaps a port, without a slash at the end. Plain http only on this machine."""
        url = self.text(name).rstrip("/")
        try:
            parts = urlsplit(url)
            port = f":{parts.port}" if parts.port else ""
            host = parts.hostname or ""
        except ValueError:  # a port that is no number, half an IPv6 address
            parts, port, host = urlsplit(""), "", ""
        bare = f"[{host}]" if ":" in host else host
        if not host or parts.scheme not in ("http", "https") or url.lower() != f"{parts.scheme}://{bare}{port}":
            raise SettingsError(
                f"{name} must be the address patients type, with nothing after the host:"
                f" {name}=https://backs.example.org (it is {url!r})."
            )
        if parts.scheme == "http" and host not in LOOPBACK_NAMES:
            raise SettingsError(
                f"{name} is {url!r}, but phone numbers and health answers only travel over https."
                " Plain http is for this machine alone (http://127.0.0.1:8000)."
            )
        return url

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Django's settings for a sqlite:/// or postgres:// address, with the options after its question mark."""
        url = self.text(name, default)
        try:
            with warnings.catch_warnings(action="error"):  # the library warns of what it leaves out
                database = self.db_url_config(url)
            # Not urlsplit: it would take all after a "#" in the password for a fragment.
            query = parse_qsl(url.partition("?")[2], keep_blank_values=True)
        except Exception as error:  # the library raises several kinds
            raise SettingsError(
                f"{name} cannot be read. Write postgres://user:password@host:5432/name, or sqlite:////folder/file."
            ) from error
        if database.get("ENGINE") not in DATABASES:
            raise SettingsError(f"{name} must be a sqlite:/// or a postgres:// address.")
        options = database["OPTIONS"] = dict(query)  # as they were written: the library makes 7 of 007
        if database["NAME"] in ("", ":memory:") and "service" not in options:
            raise SettingsError(f"{name} does not name a database: sqlite:////folder/file or postgres://…/name.")
        known: tuple[str, ...] = SQLITE_OPTIONS
        if database["ENGINE"] != DATABASES[0]:
            from psycopg.pq import Conninfo

            known = (POOLER, *(option.keyword.decode() for option in Conninfo.get_defaults()))
        given = [option for option, _value in query]
        if wrong := [each for each in given if each not in known or not options[each] or given.count(each) > 1]:
            which = wrong[0] if wrong[0].isidentifier() else "what stands"  # it may be half of a password
            what = "is no option of this database, is empty, or is there twice"
            raise SettingsError(f"{name}: {which} after the question mark {what}.")
        if not options.get("timeout", "0").isdecimal():
            raise SettingsError(f"{name}: timeout must be a whole number of seconds.")
        if options.pop(POOLER, "true").lower() != "true":
            raise SettingsError(f"{name}: {POOLER} must be true, or be left out.")
        return database

    def mail(self, name: str, default: str) -> dict[str, Any]:
        """Django's EMAIL_… settings for an address like smtp+tls://user:password@host:587."""
        try:
            return self.email_url_config(self.text(name, default))
        except Exception as error:  # the library raises several kinds
            raise SettingsError(
                f"{name} cannot be read. Write smtp+tls://user:password@host:587, with / in the password as %2F."
            ) from error
