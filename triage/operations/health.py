"""Health checks for a load balancer and a monitor. They tell strangers only yes or no."""

import datetime as dt
import shutil
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from triage.booking.models import WAITING, Notice
from triage.database import database_thread

# A failed try makes a notice due later, so one that is this late was not tried.
OUTBOX_MAX_DELAY = dt.timedelta(minutes=15)
LEAST_ROOM = 10_000_000  # bytes: enough for thousands of requests
PLAIN_TEXT = "text/plain; charset=utf-8"


@cache_control(no_store=True)
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the process answers. Not whether the database does: advice needs none."""
    return HttpResponse("ok", content_type=PLAIN_TEXT)


@require_safe
@cache_control(no_store=True)
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether all works, for a monitor. A load balancer asks /healthz, as advice works without a database."""
    try:
        with database_thread():
            is_ready = has_room() and is_migrated() and has_static_files() and not is_outbox_late()
    except (DatabaseError, InterfaceError):
        is_ready = False
    text, status = ("ok", 200) if is_ready else ("not ready", 503)
    return HttpResponse(text, status=status, content_type=PLAIN_TEXT)


def is_migrated() -> bool:
    """Whether the tables are those of this release."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def has_static_files() -> bool:
    """Whether `collectstatic` ran for this release, and all its files are still there."""
    try:
        manifest: dict[str, str] | None = getattr(staticfiles_storage, "hashed_files", None)
    except ValueError:  # a broken or unknown manifest
        return False
    if manifest is None:  # DEBUG: files are served from where they are written
        return True
    ignored = StaticFilesConfig.ignore_patterns
    needed = {path for finder in get_finders() for path, _storage in finder.list(ignored)}
    return needed <= manifest.keys() and all(map(staticfiles_storage.exists, manifest.values()))


def has_room() -> bool:
    """Whether the disk of SQLite's file, or else of DATA_DIR, has room. A database on a full disk only reads."""
    is_file = connection.vendor == "sqlite"
    folder = Path(connection.settings_dict["NAME"]).parent if is_file else settings.DATA_DIR
    return not folder.exists() or shutil.disk_usage(folder).free > LEAST_ROOM


def is_outbox_late() -> bool:
    """Whether a notice is overdue: no worker runs, or mail is refused."""
    late = timezone.now() - OUTBOX_MAX_DELAY
    return Notice.objects.filter(WAITING, next_try_at__lt=late).exists()
