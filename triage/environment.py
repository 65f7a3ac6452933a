"""Reads what differs from one installation to the next, and says how to mend what is wrong."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import environ
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
CONSOLE_MAIL = "consolemail://"  # prints mail instead of sending it


class SettingsError(SystemExit):
    """A missing or senseless variable. Ends the start with one sentence and no traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"Settings: {sentence}")


@dataclass(frozen=True)
class Environment:
    secret_key: str
    debug: bool
    site_url: str
    host: str
    is_https: bool
    database: dict
    data_dir: Path
    static_dir: Path
    backup_dir: Path | None
    trusted_proxies: int
    mail: dict
    mail_seconds: int
    mail_from: str
    desk_email: str
    retention_days: int
    threads: int
    minimum_fill_seconds: int


def read_environment(base_dir: Path, env: environ.Env | None = None) -> Environment:
    """The environment's variables, typed and checked.

    A `.env` file in `base_dir` fills in what the environment itself leaves out.
    Raises SettingsError with a sentence on how to mend the first thing that is wrong.
    """
    if env is None:
        env = environ.Env()
        env.read_env(base_dir / ".env")  # quiet if there is none

    secret_key = env.str("SECRET_KEY", default="")
    if len(secret_key) < 50:
        raise SettingsError(
            ("SECRET_KEY is not set." if not secret_key else "SECRET_KEY is shorter than 50 characters.")
            + " `make run` makes one for this machine. For a server, put the output of"
            " `python3 -c 'import secrets; print(secrets.token_urlsafe(50))'` in the environment or in .env."
        )
    # Any other word would silently be "false" to the library.
    if env.str("DEBUG", default="false").lower() not in ("true", "false", "1", "0", "yes", "no", "on", "off", ""):
        raise SettingsError("DEBUG must be true or false.")
    debug = env.bool("DEBUG", default=False)

    site_url = env.str("SITE_URL", default="").rstrip("/")
    scheme, host = _scheme_and_host(site_url)
    if scheme == "http" and host not in LOOPBACK_NAMES:
        raise SettingsError(
            f"SITE_URL is {site_url!r}, but phone numbers and health answers only travel over https."
            " Plain http is for this machine alone (http://127.0.0.1:8000)."
        )

    data_dir = Path(env.str("DATA_DIR", default="") or base_dir / "var")
    try:
        database = env.db_url("DATABASE_URL", default=f"sqlite:///{quote(str(data_dir / 'db.sqlite3'))}")
    except Exception as error:  # the library raises several kinds
        raise SettingsError("DATABASE_URL cannot be read. Write postgres://user:password@host:5432/name.") from error
    if database["ENGINE"] not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
        raise SettingsError("DATABASE_URL must be a sqlite:/// or a postgres:// address.")

    try:
        mail = env.email_url_config(env.str("EMAIL_URL", default="") or CONSOLE_MAIL)
    except Exception as error:  # the library raises several kinds
        raise SettingsError(
            "EMAIL_URL cannot be read. Write smtp+tls://user:password@host:587, with / in the password as %2F."
        ) from error

    return Environment(
        secret_key=secret_key,
        debug=debug,
        site_url=site_url,
        host=host,
        is_https=scheme == "https",
        database=database,
        data_dir=data_dir,
        # Apart from the data where an image brings its static files along and the data is a volume.
        static_dir=Path(env.str("STATIC_DIR", default="") or data_dir / "static"),
        backup_dir=Path(name) if (name := env.str("BACKUP_DIR", default="")) else None,
        trusted_proxies=_number(env, "TRUSTED_PROXIES", 0, 0, 2, "how many proxies of your own stand before the site"),
        mail=mail,
        threads=_number(env, "THREADS", 24, 1, 1000, "the threads in each process"),
        minimum_fill_seconds=_number(
            env, "MINIMUM_FILL_SECONDS", 3, 0, 60, "how soon a request form may come back without being asked for again"
        ),
        mail_seconds=_number(env, "EMAIL_TIMEOUT", 20, 1, 120, "the seconds that sending one mail may take"),
        mail_from=_address(env, "DEFAULT_FROM_EMAIL"),
        desk_email=_address(env, "DESK_EMAIL"),
        retention_days=_number(env, "RETENTION_DAYS", 180, 1, 3650, "the days after which a closed request is erased"),
    )


def _number(env: environ.Env, name: str, default: int, least: int, most: int, meaning: str) -> int:
    """Raises SettingsError unless it is a whole number from `least` to `most`."""
    text = env.str(name, default="") or str(default)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}: {meaning}.")
    return int(text)


def _address(env: environ.Env, name: str) -> str:
    """An email address, or "" if there is none. Raises SettingsError if it is something else."""
    address = env.str(name, default="")
    try:
        if address:
            validate_email(address)
    except ValidationError as error:
        raise SettingsError(f"{name} must be one email address, like desk@example.org.") from error
    return address


def _scheme_and_host(site_url: str) -> tuple[str, str]:
    """Raises SettingsError if `site_url` is more or less than a scheme, a host and perhaps a port."""
    try:
        parts = urlsplit(site_url)
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or ""
    except ValueError:  # a port that is no number, half an IPv6 address
        host = ""
    else:
        bare = f"[{host}]" if ":" in host else host
        if host and parts.scheme in ("http", "https") and site_url.lower() == f"{parts.scheme}://{bare}{port}":
            return parts.scheme, host
    raise SettingsError(
        "SITE_URL must be the address patients type, with nothing after the host:"
        f" SITE_URL=https://backs.example.org (it is {site_url!r})."
    )
