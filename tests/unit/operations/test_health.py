"""The health checks for load balancers and monitors, which tell strangers no details."""

import datetime as dt
import json
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.finders import get_finders
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from backspasm_site.static_files import StaticFiles
from triage.booking.models import Notice
from triage.operations import health


def asked(client, path="/readyz"):
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.content.decode()


def test_the_process_answers_without_a_database(client):
    assert asked(client, "/healthz") == (200, "ok")


def test_all_is_well(client, db, send):
    send()
    assert asked(client) == (200, "ok")


def test_the_database_is_away(client, db, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(connection, "ensure_connection", Mock(side_effect=OperationalError("no host at 10.0.0.7")))
        assert asked(client) == (503, "not ready")


def test_a_migration_is_missing(client, db):
    MigrationRecorder.Migration.objects.filter(app="triage").latest("id").delete()
    assert asked(client) == (503, "not ready")


@pytest.mark.parametrize(
    ("harm", "answer"),
    [
        (lambda folder: None, 200),
        (lambda folder: (folder / "staticfiles.json").unlink(), 503),
        (lambda folder: (folder / "staticfiles.json").write_text('{"version": "1.1", "pa'), 503),
        (lambda folder: (folder / "staticfiles.json").write_text('{"version": "9"}'), 503),
        (lambda folder: (folder / "files/css/site.css").unlink(), 503),
        (lambda folder: write_manifest(folder, ["css/pages.css"]), 503),  # another release was collected over it
    ],
)
def test_static_files_are_missing(client, db, settings, monkeypatch, tmp_path, harm, answer):
    settings.STATIC_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "files"
    names = {name for finder in get_finders() for name, _storage in finder.list(StaticFilesConfig.ignore_patterns)}
    for name in names:
        (tmp_path / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "files" / name).touch()
    write_manifest(tmp_path, names)
    harm(tmp_path)
    monkeypatch.setattr(health, "staticfiles_storage", SimpleLazyObject(StaticFiles))
    assert asked(client)[0] == answer


def write_manifest(folder, names):
    (folder / "staticfiles.json").write_text(json.dumps({"version": "1.1", "paths": {name: name for name in names}}))


@pytest.mark.parametrize(
    ("minutes", "done", "answer"),
    [(14, {}, 200), (16, {}, 503), (16, {"sent_at": timezone.now()}, 200), (16, {"given_up_at": timezone.now()}, 200)],
)
def test_nobody_sends_the_mails(client, send, minutes, done, answer):
    late = timezone.now() - dt.timedelta(minutes=minutes)
    for notice in Notice.objects.filter(request=send()):
        notice.next_try_at = late
        for name, value in done.items():
            setattr(notice, name, value)
        notice.save()
    assert asked(client)[0] == answer


@pytest.mark.parametrize(("free", "answer"), [(11_000_000, 200), (9_000_000, 503)])
def test_the_disk_is_nearly_full(client, db, monkeypatch, free, answer):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=free))
    assert asked(client)[0] == answer


def test_where_to_report_a_weakness(client, settings):
    answer = client.get("/.well-known/security.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert lines["Contact"] == f"mailto:{settings.CLINIC.email}"
    assert lines["Canonical"] == "http://127.0.0.1:8000/.well-known/security.txt"
    assert lines["Preferred-Languages"] == "en, es"
    left = dt.datetime.fromisoformat(lines["Expires"]) - timezone.now()
    assert dt.timedelta(days=300) < left < dt.timedelta(days=365)
