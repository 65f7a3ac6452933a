"""Reads the environment variables of an installation. An error says how to correct the variable."""

import os
import re
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import environ

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
# Without * and without a dot at either end, which have a meaning in ALLOWED_HOSTS, and only what browsers send as Host.
SITE_ADDRESS = re.compile(r"https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:[0-9]+)?")
# One address that mail can come from: its local part in ASCII, no dot at the end.
EMAIL = r"[!-+\--:=?A-~]+@[^@\s,;<>]*[^@\s,;<>.]"
FLAGS = ("true", "false", "1", "0", "yes", "no", "on", "off")
DATABASES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
POOLER = "DISABLE_SERVER_SIDE_CURSORS"  # Django's setting for a pooler in transaction mode, such as PgBouncer


class SettingsError(SystemExit):
    """A missing or invalid variable. Ends the start with one sentence and no traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"Settings: {sentence}")


class Environment(environ.Env):
    """The environment variables, typed. Each method raises SettingsError, which says how to correct the variable."""

    def read_file(self, file: Path) -> None:
        """Read variables from a file, if it exists and is readable. Those of the environment itself win."""
        try:
            lines = file.read_text("utf-8-sig").splitlines()
        except OSError:
            return
        except UnicodeDecodeError as error:
            raise SettingsError(f"{file.name} must be saved as UTF-8, and is not.") from error
        # The library would skip a wrong line, and log it with its secrets.
        for number, line in enumerate(lines, 1):
            if line.strip() and not re.match(r"\s*#|(export )?[A-Za-z0-9_]+=", line):
                raise SettingsError(f"line {number} of {file.name} must be NAME=value, without blanks around the =.")
        self.read_env(file, encoding="utf-8-sig")

    def text(self, name: str, default: str = "") -> str:
        """The value, or the default if it is unset, empty or blank."""
        # Not the library's own methods: they take a value that begins with $ as the name of another variable.
        return str(self.ENVIRON.get(name, "")).strip() or default

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
        """True or false. (The library reads any unknown word as false.)"""
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
        if address and not re.fullmatch(EMAIL, address):
            raise SettingsError(f"{name} must be one email address, like desk@example.org.")
        return address

    def site_url(self, name: str) -> str:
        """A scheme, a host and perhaps a port, without a slash at the end. Plain http only on this machine."""
        url = self.text(name).rstrip("/").lower()
        with suppress(ValueError):  # a port that is too high, or an invalid IPv6 address
            parts = urlsplit(url)
            if SITE_ADDRESS.fullmatch(url) and parts.port != 0:
                if parts.scheme == "https" or parts.hostname in LOOPBACK_NAMES:
                    return url
                raise SettingsError(
                    f"{name} is {url!r}, but phone numbers and health answers only travel over https."
                    " Plain http is for this machine alone (http://127.0.0.1:8000)."
                )
        raise SettingsError(
            f"{name} must be the address patients type, with nothing after the host:"
            f" {name}=https://backs.example.org (it is {url!r}). A name with accents is written as xn--…"
        )

    def folder(self, name: str, base: Path, default: str) -> Path:
        """A folder, which need not exist yet: an absolute path, or one relative to `base`."""
        folder = base / (text := self.text(name, default))
        # Not Path.exists: it raises PermissionError below a folder that may not be read.
        is_folder = os.path.isdir(next(each for each in (folder, *folder.parents) if os.path.exists(each)))
        if text.startswith(("~", "$")) or not is_folder:  # no shell expands them here
            raise SettingsError(f"{name} must be a folder, and {folder} cannot be one.")
        return folder

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Django's settings for a sqlite:/// or postgres:// address, with the options after its question mark."""
        url = self.text(name, default)
        try:
            with warnings.catch_warnings(action="error"):  # the library only warns of what it ignores
                database = self.db_url_config(url)
            # Not urlsplit: a "#" in the password would begin a fragment.
            given = parse_qs(url.partition("?")[2], keep_blank_values=True)
        except Exception as error:  # the library raises several kinds
            raise SettingsError(
                f"{name} cannot be read. Write postgres://user:password@host:5432/name, or sqlite:////folder/file."
            ) from error
        if database.get("ENGINE") not in DATABASES:
            raise SettingsError(f"{name} must be a sqlite:/// or a postgres:// address.")
        # As text: the library turns 007 into 7.
        options = database["OPTIONS"] = {option: values[0] for option, values in given.items()}
        if database["NAME"] in ("", ":memory:") and "service" not in options:
            raise SettingsError(f"{name} does not name a database: sqlite:////folder/file or postgres://…/name.")
        known = ["timeout", "init_command"]
        if database["ENGINE"] != DATABASES[0]:
            from psycopg.pq import Conninfo

            known = [POOLER, *(option.keyword.decode() for option in Conninfo.get_defaults())]
        if wrong := [each for each in given if each not in known or not options[each] or len(given[each]) > 1]:
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
            mail: dict[str, Any] = self.email_url_config(self.text(name, default))
            # Other backends do not send mail. Without a host, smtplib connects to nothing and raises nothing.
            if mail["EMAIL_BACKEND"].split(".")[-2] != ("smtp" if mail["EMAIL_HOST"] else "console"):
                raise ValueError
            return mail
        except Exception as error:  # the library raises several kinds
            raise SettingsError(
                f"{name} cannot be read. Write smtp+tls://user:password@host:587, with / in the password as %2F."
            ) from error
