"""Shared by all tests."""

import math
import os
import random
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.signals import setting_changed
from django.test import Client, override_settings

from tests.browser.webdriver import LACKING
from tests.once import made_once
from tests.postgres import DATABASES, NOT_HERE, Postgres, find_programs, make_tables
from tests.servers import conftest as servers
from triage.booking import closures
from triage.booking.forms import key_signer
from triage.desk import accounts as staff
from triage.templatetags import rendering

PASSWORD = "a long test password"
FAR_AWAY = 2**40  # a time.time() after every date that tests set
LONGEST = "test_release.py"  # the first of the slow ones: at the end it would run alone
BROWSER = "b" * 32  # the secret in the CSRF cookie of each PatientClient


def code_for(key: str) -> str:
    """The present code of an authenticator app with this key."""
    return format_hotp_value(hotp_value(key, int(time.time()) // 30))


def code_of(user) -> str:
    """The present code of this person's authenticator app."""
    return code_for(decrypt(user.authenticator_set.get(type="totp").data["secret"]))


def new_key() -> str:
    """A request key, signed for PatientClient."""
    return key_signer(BROWSER).sign(str(uuid.uuid4()))


class PatientClient(Client):
    """Posts like a browser that has loaded the form. (Django's client posts multipart, which no form here sends.)"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cookies["csrftoken"] = BROWSER

    def post(self, path, data=None, content_type="application/x-www-form-urlencoded", **extra):
        body = data if isinstance(data, bytes) else urlencode(data or {}, doseq=True).encode()
        extra = {"HTTP_ORIGIN": settings.SITE_URL} | extra  # as from a page of ours; None: without the header
        extra = {name: value for name, value in extra.items() if value is not None}
        return self.generic("POST", path, body, content_type=content_type, **extra)

    def search(self, path, words):
        """The result of a search in the list at `path`."""
        return self.get(self.post(path, {"q": words}).headers["Location"])

    def force_login(self, user, backend=None):
        """Sign in with a second factor, in a session that never ends."""
        super().force_login(user, backend)
        if not staff.is_enrolled(user):
            TOTP.activate(user, generate_totp_secret())
        session = self.session
        session.update({"second_factor": True, "signed_in_at": FAR_AWAY, "seen_at": FAR_AWAY})
        session.save()


def pytest_configure() -> None:
    if "CI" in os.environ:  # before xdist starts its processes: all of them need the same order
        os.environ.setdefault("TEST_SEED", str(random.randrange(10**6)))


@pytest.hookimpl(tryfirst=True)  # pytest-django then moves those with a database to the front
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name in ("browser", "faults", "servers"):
            item.add_marker(pytest.mark.slow)
    if seed := os.environ.get("TEST_SEED"):
        shuffled = random.Random(seed)
        modules: dict[Path, list[pytest.Item]] = defaultdict(list)
        for item in items:
            modules[item.path].append(item)
        items[:] = [
            item
            for tests in shuffled.sample([*modules.values()], len(modules))
            for item in shuffled.sample(tests, len(tests))
        ]
    items.sort(key=lambda item: item.path.name != LONGEST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if seed := os.environ.get("TEST_SEED"):
        terminalreporter.write_line(f"In random order. To repeat it: TEST_SEED={seed} make test")
    if "postgres" not in DATABASES:
        terminalreporter.write_line(NOT_HERE)
    if not servers.NGINX:
        terminalreporter.write_line("LEFT OUT: the proxy. Debian and Ubuntu: apt-get install nginx openssl")
    if not servers.PGBOUNCER:
        terminalreporter.write_line("LEFT OUT: a pooler. Debian and Ubuntu: apt-get install postgresql pgbouncer")
    if LACKING:
        packages = " ".join(LACKING.values())
        terminalreporter.write_line(f"LEFT OUT: journeys in {', '.join(LACKING)}. Debian: apt-get install {packages}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for the run."""
    programs = find_programs()
    made = Postgres(programs, made_once("postgres", partial(make_tables, programs)))
    try:
        made.start()
        yield made
    finally:
        made.throw_away()


def forget_pieces(**signal: Any) -> None:
    """Clear the cached components, which were rendered with other settings."""
    rendering._render_cached.cache_clear()
    rendering._render_blank_form.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> Iterator[None]:
    """Static files without collectstatic, a quick password hash, and no minimum time to fill in a form."""
    static_files = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # Django's client copies the context of each template: a tenth of the time, and no test reads it.
    with (
        patch("django.test.client.store_rendered_templates", lambda *_, **__: None),
        override_settings(
            MINIMUM_FILL_SECONDS=0,
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
            STORAGES=settings.STORAGES | {"staticfiles": static_files},
        ),
    ):
        setting_changed.connect(forget_pieces)  # when a test sets one, and when it is reset
        yield


@pytest.fixture(autouse=True)
def no_closed_days(monkeypatch):
    """Each test begins without closed days, and makes no query for them until it changes one."""
    monkeypatch.setattr(closures, "_read", SimpleNamespace(days={}, until=math.inf))
    # Another thread does not see the rows of a test's transaction.
    at_once = lambda target, daemon: SimpleNamespace(start=target, join=lambda seconds: None)  # noqa: E731
    monkeypatch.setattr(closures, "Thread", at_once)


@pytest.fixture
def client() -> Client:
    return PatientClient()


@pytest.fixture
def roles(db):
    """The roles of the migration, also after a test that emptied the database."""
    closed_days = import_module("triage.migrations.0013_closed_days").MANAGERS
    for name, codenames in import_module("triage.migrations.0004_staff").ROLES.items():
        codenames = [*codenames, *(closed_days if name == "Manager" else [])]
        role, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            role.permissions.set(Permission.objects.filter(content_type__app_label="triage", codename__in=codenames))


@pytest.fixture
def staff_user(roles):
    """A receptionist, who may only work on requests."""
    return staff.make_account(username="front-desk", role=staff.FRONT_DESK, password=PASSWORD, may_be_kept=True)


@pytest.fixture
def manager_user(roles):
    """A manager, who may also export, erase and change accounts."""
    return staff.make_account(username="manager", role=staff.MANAGER, password=PASSWORD, may_be_kept=True)


@pytest.fixture
def staff_client(staff_user) -> Client:
    client = PatientClient()
    client.force_login(staff_user)
    return client


@pytest.fixture
def manager_client(manager_user) -> Client:
    client = PatientClient()
    client.force_login(manager_user)
    return client
