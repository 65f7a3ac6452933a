"""What a monitor may ask: does the process answer, and can it do all its work? Strangers learn no more than that."""

import datetime as dt

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from triage.booking.models import WAITING, Notice
from triage.database import database_thread

# A notice is tried when it is due, and after a failed try it is due later. So this long means that nobody tries.
OUTBOX_MAY_BE_LATE = dt.timedelta(minutes=15)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Says nothing of the database: advice is given without it."""
    return _plain("ok")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether the database answers, has all migrations, and its mails go out.

    For a monitor that calls a person. A balancer asks /healthz: without a database there still is advice to give.
    """
    try:
        with database_thread():
            is_ready = is_migrated() and not is_outbox_late()
    except (DatabaseError, InterfaceError):
        is_ready = False
    return _plain("ok") if is_ready else _plain("not ready", status=503)


def is_migrated() -> bool:
    """Whether the tables are those of this release."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def is_outbox_late() -> bool:
    """Whether a notice has been due so long that no worker can be at work, or none gets on."""
    late = timezone.now() - OUTBOX_MAY_BE_LATE
    return Notice.objects.filter(WAITING, next_try_at__lt=late).exists()


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(
        text, status=status, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
