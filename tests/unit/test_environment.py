"""A missing or wrong variable stops the start with a sentence that says how to correct it."""

import re
import runpy
from pathlib import Path

import pytest
from django.conf import settings as site

from triage.environment import Environment, SettingsError

GOOD = {"SECRET_KEY": "k" * 50, "SITE_URL": "https://backs.example.org"}
FILE = Path(site.BASE_DIR, "backspasm_site", "settings.py")


@pytest.fixture
def read(monkeypatch):
    """read(NAME=text): the settings as they are with these variables. None: not set."""

    def read(**variables):
        given = {name: value for name, value in (GOOD | variables).items() if value is not None}
        monkeypatch.setattr(Environment, "ENVIRON", given)
        monkeypatch.setattr(Environment, "read_file", lambda *_: None)  # those of the person who runs the tests
        return runpy.run_path(str(FILE))

    return read


def test_two_variables_are_enough(read):
    settings = read()
    assert settings["ALLOWED_HOSTS"][0] == "backs.example.org"
    assert settings["IS_HTTPS"]
    assert not settings["DEBUG"]
    assert settings["TRUSTED_PROXIES"] == 0
    assert settings["DATABASES"]["default"]["NAME"] == str(FILE.parents[1] / "var" / "db.sqlite3")
    assert settings["STATIC_ROOT"] == FILE.parents[1] / "var" / "static" / "files"
    assert settings["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert read(SITE_URL="HTTPS://Backs.Example.org/")["IS_HTTPS"]
    assert (settings["DESK_EMAIL"], settings["EMAIL_TIMEOUT"], settings["RETENTION_DAYS"]) == ("", 20, 180)


def test_the_same_address_or_folder_may_be_written_in_another_way(read):
    settings = read(SITE_URL="HTTPS://Backs.Example.org:8443/", DATA_DIR="var/data", BACKUP_DIR="../copies")
    assert (settings["SITE_URL"], settings["IS_HTTPS"]) == ("https://backs.example.org:8443", True)
    assert (settings["DATA_DIR"], settings["BACKUP_DIR"]) == (site.BASE_DIR / "var/data", site.BASE_DIR / "../copies")
    assert read(SITE_URL="http://[::1]:8000")["ALLOWED_HOSTS"][0] == "::1"
    settings = read(SECRET_KEY="$" * 50, DESK_EMAIL="$desk@example.org")
    assert (settings["SECRET_KEY"], settings["DESK_EMAIL"]) == ("$" * 50, "$desk@example.org"), "no other variables"


@pytest.mark.parametrize("empty", ["", " "], ids=["empty", "blank"])
def test_an_empty_variable_is_none(read, empty):
    example = Path(site.BASE_DIR, ".env.example").read_text("utf-8")
    variables = set(re.findall(r"^#?([A-Z_]+)=", example, re.M)) - GOOD.keys()
    assert {"DATABASE_URL", "DATA_DIR", "EMAIL_URL", "DEBUG"} <= variables
    settings, usual = read(**dict.fromkeys(variables, empty)), read()
    names = [name for name in usual if name.isupper() and name != "CLINIC"]
    assert [settings[name] for name in names] == [usual[name] for name in names]


def test_the_rest_can_be_set(read):
    settings = read(
        SITE_URL="http://127.0.0.1:8000/",
        DATABASE_URL="postgres://clinic:pa%2Fss@db:5433/backs",
        DATABASE_SECONDS="3",
        STATIC_DIR="/app/static",
        TRUSTED_PROXIES="2",
        DEBUG="true",
        EMAIL_URL="smtp+tls://clinic:pa%2Fss@mail:587",
        EMAIL_TIMEOUT="30",
        DEFAULT_FROM_EMAIL="no-reply@example.org",
        DESK_EMAIL="desk@example.org",
        RETENTION_DAYS="90",
        MORNING_DIGEST="No",
    )
    assert settings["SITE_URL"] == "http://127.0.0.1:8000"
    assert not settings["IS_HTTPS"]
    database = settings["DATABASES"]["default"]
    assert (database["ENGINE"], database["PASSWORD"]) == ("django.db.backends.postgresql", "pa/ss")
    assert "statement_timeout=3s" in database["OPTIONS"]["options"]
    assert str(settings["STATIC_ROOT"]) == "/app/static/files"
    assert (settings["TRUSTED_PROXIES"], settings["DEBUG"]) == (2, True)
    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"]) == ("mail", 587)
    assert (settings["EMAIL_HOST_PASSWORD"], settings["EMAIL_USE_TLS"]) == ("pa/ss", True)
    assert (settings["DEFAULT_FROM_EMAIL"], settings["DESK_EMAIL"]) == ("no-reply@example.org", "desk@example.org")
    assert (settings["EMAIL_TIMEOUT"], settings["RETENTION_DAYS"]) == (30, 90)
    assert (settings["MORNING_DIGEST"], read()["MORNING_DIGEST"]) == (False, True)


def test_the_example_starts_the_site_and_shows_the_true_defaults(read):
    example = Path(site.BASE_DIR, ".env.example").read_text("utf-8")
    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.M)) | {"SECRET_KEY": "k" * 50}
    shown = {name: value for name, value in re.findall(r"^#([A-Z_]+)=(.*)$", example, re.M) if "_DIR" not in name}
    del shown["DATABASE_SECONDS"]  # only read under gunicorn, which sets it
    assert {"THREADS", "RETENTION_DAYS"} <= shown.keys()

    def values(variables):
        settings = read(**variables)
        return {name: settings[name] for name in settings if name.isupper() and name not in ("CLINIC", "env")}

    assert values(given | shown) == values(given)


def options_of(read, url: str, **variables: str) -> dict:
    return read(DATABASE_URL=url, **variables)["DATABASES"]["default"]["OPTIONS"]


def test_options_in_the_database_url_count(read):
    """Such as TLS to the database. tests/servers/test_database.py connects to a server."""
    given = "sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&password=007&connect_timeout=9&options=-c+work_mem%3D5MB"
    options = options_of(read, f"postgres://clinic@db/backs?{given}", PGCONNECT_TIMEOUT="8")
    assert options == {
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ca.pem",
        "password": "007",
        "connect_timeout": "9",
        "server_side_binding": True,
        "options": "-c TimeZone=UTC -c lock_timeout=0s -c statement_timeout=0s -c work_mem=5MB",
    }
    assert options_of(read, "postgres://clinic:7#8@db/backs?sslmode=require")["sslmode"] == "require"
    from_environment = options_of(read, "postgres://clinic@db/backs", PGOPTIONS="-c a=b", PGCONNECT_TIMEOUT="8")
    assert from_environment["options"].endswith(" -c a=b")
    assert from_environment["connect_timeout"] == "8"
    sqlite = options_of(read, "sqlite:////backs?timeout=20&init_command=PRAGMA%20cache_size%3D9")
    assert (sqlite["timeout"], sqlite["transaction_mode"]) == (20, "IMMEDIATE")
    assert sqlite["init_command"].startswith("PRAGMA journal_mode=WAL;")
    assert sqlite["init_command"].endswith(";PRAGMA cache_size=9")


def test_commands_wait_and_a_pooler_gets_no_session_settings(read):
    options = options_of(read, "postgres://clinic@db/backs")
    assert "pool" not in options
    assert "statement_timeout=0s" in options["options"]
    options = options_of(read, "postgres://db/backs?DISABLE_SERVER_SIDE_CURSORS=true", DATABASE_SECONDS="5")
    assert options.keys() == {"connect_timeout", "server_side_binding", "pool"}
    assert options["pool"]["connection_class"].seconds == 5.5


WRONG = {
    ("SECRET_KEY", "SECRET_KEY is not set. `make run` makes one"): [None],
    ("SECRET_KEY", "SECRET_KEY is shorter than 50 characters."): ["k" * 49],
    ("DEBUG", "DEBUG must be true or false."): ["perhaps", "$DEBUG"],
    ("DEBUG", "DEBUG shows all that the site knows, so SITE_URL must be on this machine"): ["true"],
    ("SITE_URL", "SITE_URL must be the address patients type"): [
        *(None, "ftp://backs.example.org", "https://", "https://me:pw@backs.example.org"),
        *("https://backs.example.org:port", "https://[::1", "https://backs.example.org:99999", "https://*"),
        *("https://.example.org", "https://backs.example.org.", "https://back_spasm.example.org"),
    ],
    ("SITE_URL", "with nothing after the host"): ["https://backs.example.org/site"],
    ("SITE_URL", "A name with accents is written as xn--"): ["https://clínica.example.org"],
    ("SITE_URL", "only travel over https"): ["http://backs.example.org"],
    ("DATABASE_URL", "DATABASE_URL cannot be read."): ["postgres://clinic:hunter2@db:port/backs", "$DATABASE"],
    ("DATABASE_URL", "DATABASE_URL must be a sqlite:/// or a postgres:// address."): ["mysql://clinic@db/backs"],
    ("DATABASE_URL", "DATABASE_URL does not name a database"): ["postgres://", "sqlite://"],
    ("DATABASE_URL", "DATABASE_URL: what stands after the question mark"): ["postgres://clinic:1/2?hunter2@db/backs"],
    ("DATABASE_URL", "DATABASE_URL: mode after the question mark is no option"): ["sqlite:////backs?mode=ro"],
    ("DATABASE_URL", "timeout must be a whole number of seconds"): ["sqlite:////backs?timeout=soon"],
    ("DATABASE_URL", "DATABASE_URL: sslmod after the question mark"): ["postgres://db/backs?sslmod=require"],
    ("DATABASE_URL", "DATABASE_URL: sslmode after the"): ["postgres://db/backs?sslmode=require&sslmode=disable"],
    ("DATABASE_URL", "DATABASE_URL: sslmode after the question mark"): ["postgres://db/backs?sslmode="],
    ("DATABASE_URL", "must be true, or be left out"): ["postgres://db/backs?DISABLE_SERVER_SIDE_CURSORS=false"],
    ("TRUSTED_PROXIES", "TRUSTED_PROXIES must be a whole number from 0 to 2: how many proxies"): ["3", "one"],
    ("EMAIL_URL", "EMAIL_URL cannot be read."): [
        *("smtp://clinic:hunter2@mail:port", "smtp://", "smtp+tls://clinic:hunter2@:587"),
        "dummymail://mail.example.org",
    ],
    ("DATA_DIR", "DATA_DIR must be a folder"): [__file__, "$HOME/data"],
    ("STATIC_DIR", "STATIC_DIR must be a folder"): [f"{__file__}/static"],
    ("BACKUP_DIR", "BACKUP_DIR must be a folder"): ["manage.py", "~/copies"],
    ("EMAIL_TIMEOUT", "EMAIL_TIMEOUT must be a whole number from 1 to 120"): ["0"],
    ("DESK_EMAIL", "DESK_EMAIL must be one email address"): ["the desk", "clínica@example.org"],
    ("DEFAULT_FROM_EMAIL", "DEFAULT_FROM_EMAIL must be one email address"): [
        "desk@example.org.",
        "Clinic <a@example.org>",
    ],
    ("RETENTION_DAYS", "RETENTION_DAYS must be a whole number from 1 to 3650"): ["0"],
}


@pytest.mark.parametrize(
    ("name", "sentence", "value"), [(*told, value) for told, values in WRONG.items() for value in values]
)
def test_a_wrong_variable_is_named_in_one_sentence(read, name, sentence, value):
    with pytest.raises(SettingsError) as error:
        read(**{name: value})
    assert str(error.value).startswith("Settings: ")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
    assert "hunter2" not in str(error.value), "a secret is repeated"


def test_the_env_file_fills_in_what_the_environment_leaves_out(tmp_path, monkeypatch):
    # A copy, because reading a .env file changes the environment.
    monkeypatch.setattr(Environment, "ENVIRON", {"SITE_URL": "https://backs.example.org"})
    text = f"\ufeffSECRET_KEY={'f' * 50}\r\nSITE_URL=https://other.example.org\n \n  # More\n"  # as Windows saves it
    (tmp_path / ".env").write_text(text)
    env = Environment()
    env.read_file(tmp_path / ".env")
    assert env.secret("SECRET_KEY") == "f" * 50
    assert env.site_url("SITE_URL") == "https://backs.example.org"


@pytest.mark.parametrize("code", ["utf-16", "cp1252"])
def test_an_env_file_must_be_in_utf_8(tmp_path, code):
    (tmp_path / ".env").write_text(f"SECRET_KEY={'f' * 50}\n# El teléfono\n", code)
    with pytest.raises(SettingsError, match=".env must be saved as UTF-8"):
        Environment().read_file(tmp_path / ".env")


@pytest.mark.parametrize(
    "line", ["SECRET_KEY = hunter2", "SECRET_KEY: hunter2", "hunter2", " SECRET_KEY=hunter2", "CLÉ=hunter2"]
)
def test_an_invalid_line_of_the_env_file_is_named(tmp_path, line):
    (tmp_path / ".env").write_text(f"DEBUG=false\n{line}\n")
    with pytest.raises(SettingsError) as error:
        Environment().read_file(tmp_path / ".env")
    assert str(error.value) == "Settings: line 2 of .env must be NAME=value, without blanks around the =."
