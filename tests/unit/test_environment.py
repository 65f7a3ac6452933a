"""Each variable that is missing or senseless stops the start with a sentence that says how to mend it."""

import environ
import pytest

from triage.environment import SettingsError, read_environment

GOOD = {"SECRET_KEY": "k" * 50, "SITE_URL": "https://backs.example.org"}


def read(tmp_path, **variables):
    env = environ.Env()
    env.ENVIRON = {name: value for name, value in (GOOD | variables).items() if value is not None}
    return read_environment(tmp_path, env)


def test_two_variables_are_enough(tmp_path):
    environment = read(tmp_path)
    assert environment.host == "backs.example.org"
    assert environment.is_https
    assert not environment.debug
    assert environment.trusted_proxies == 0
    assert environment.database["ENGINE"] == "django.db.backends.sqlite3"
    assert environment.database["NAME"] == str(tmp_path / "var" / "db.sqlite3")
    assert environment.static_dir == tmp_path / "var" / "static"
    assert environment.mail["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert (environment.mail_from, environment.desk_email, environment.mail_seconds) == ("", "", 20)
    assert environment.retention_days == 180


def test_an_empty_folder_is_none(tmp_path):
    assert read(tmp_path, DATA_DIR="", STATIC_DIR="") == read(tmp_path)


def test_the_rest_can_be_set(tmp_path):
    environment = read(
        tmp_path,
        SITE_URL="http://127.0.0.1:8000/",
        DATABASE_URL="postgres://clinic:pa%2Fss@db:5433/backs",
        DATA_DIR="/data",
        STATIC_DIR="/app/static",
        TRUSTED_PROXIES="2",
        DEBUG="true",
        EMAIL_URL="smtp+tls://clinic:pa%2Fss@mail:587",
        EMAIL_TIMEOUT="30",
        DEFAULT_FROM_EMAIL="no-reply@example.org",
        DESK_EMAIL="desk@example.org",
        RETENTION_DAYS="90",
    )
    assert environment.site_url == "http://127.0.0.1:8000"
    assert not environment.is_https
    assert environment.database["ENGINE"] == "django.db.backends.postgresql"
    assert environment.database["PASSWORD"] == "pa/ss"
    assert str(environment.data_dir) == "/data"
    assert str(environment.static_dir) == "/app/static"
    assert environment.trusted_proxies == 2
    assert environment.debug
    mail = environment.mail
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"], mail["EMAIL_HOST_PASSWORD"]) == ("mail", 587, "pa/ss")
    assert mail["EMAIL_USE_TLS"]
    assert (environment.mail_from, environment.desk_email) == ("no-reply@example.org", "desk@example.org")
    assert (environment.mail_seconds, environment.retention_days) == (30, 90)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set. `make run` makes one"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"SECRET_KEY": "k" * 49}, "SECRET_KEY is shorter than 50 characters."),
        ({"DEBUG": "perhaps"}, "DEBUG must be true or false."),
        ({"SITE_URL": None}, "SITE_URL must be the address patients type"),
        ({"SITE_URL": "backs.example.org"}, "SITE_URL must be the address patients type"),
        ({"SITE_URL": "ftp://backs.example.org"}, "SITE_URL must be the address patients type"),
        ({"SITE_URL": "https://"}, "SITE_URL must be the address patients type"),
        ({"SITE_URL": "https://backs.example.org/site"}, "with nothing after the host"),
        ({"SITE_URL": "https://backs.example.org?a=b"}, "with nothing after the host"),
        ({"SITE_URL": "https://backs.example.org#top"}, "with nothing after the host"),
        ({"SITE_URL": "https://me:pw@backs.example.org"}, "SITE_URL must be the address patients type"),
        ({"SITE_URL": "https://backs.example.org:port"}, "SITE_URL must be the address patients type"),
        ({"SITE_URL": "https://[::1"}, "SITE_URL must be the address patients type"),
        ({"SITE_URL": "http://backs.example.org"}, "only travel over https"),
        ({"DATABASE_URL": "postgres://clinic@db:port/backs"}, "DATABASE_URL cannot be read."),
        ({"DATABASE_URL": "mysql://clinic@db/backs"}, "DATABASE_URL must be a sqlite:/// or a postgres:// address."),
        ({"TRUSTED_PROXIES": "3"}, "TRUSTED_PROXIES must be a whole number from 0 to 2: how many proxies"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES must be a whole number from 0 to 2: how many proxies"),
        ({"TRUSTED_PROXIES": "one"}, "TRUSTED_PROXIES must be a whole number from 0 to 2: how many proxies"),
        ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL cannot be read. Write smtp+tls://user:password@host:587"),
        ({"EMAIL_URL": "smtp://mail.example.org:port"}, "EMAIL_URL cannot be read."),
        ({"EMAIL_TIMEOUT": "0"}, "EMAIL_TIMEOUT must be a whole number from 1 to 120"),
        ({"DESK_EMAIL": "the desk"}, "DESK_EMAIL must be one email address"),
        ({"DEFAULT_FROM_EMAIL": "Clinic <a@example.org>"}, "DEFAULT_FROM_EMAIL must be one email address"),
        ({"RETENTION_DAYS": "0"}, "RETENTION_DAYS must be a whole number from 1 to 3650"),
        ({"RETENTION_DAYS": "half a year"}, "RETENTION_DAYS must be a whole number from 1 to 3650"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path, variables, sentence):
    with pytest.raises(SettingsError) as error:
        read(tmp_path, **variables)
    assert str(error.value).startswith("Settings: ")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_no_secret_is_repeated_in_a_sentence(tmp_path):
    with pytest.raises(SettingsError) as error:
        read(tmp_path, DATABASE_URL="postgres://clinic:hunter2@db:port/backs")
    assert "hunter2" not in str(error.value)
    with pytest.raises(SettingsError) as error:
        read(tmp_path, EMAIL_URL="smtp://clinic:hunter2@mail:port")
    assert "hunter2" not in str(error.value)


def test_the_env_file_fills_in_what_the_environment_leaves_out(tmp_path, monkeypatch):
    # A copy, for reading a .env file writes into the environment.
    monkeypatch.setattr(environ.Env, "ENVIRON", {"SITE_URL": "https://backs.example.org"})
    (tmp_path / ".env").write_text(f"SECRET_KEY={'f' * 50}\nSITE_URL=https://other.example.org\n")
    environment = read_environment(tmp_path)
    assert environment.secret_key == "f" * 50
    assert environment.host == "backs.example.org"
