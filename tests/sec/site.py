"""Describes this site to the rigs of docs/security-figures.md: pages, forms, how to start it and to inject faults.

The rigs test a running site from outside: bad input, kill -9, outages, headers. They read a JSON file, which this
prints. It holds no secret. These variables differ from run to run:

    SITE_DATA      an empty folder for this run; better a small tmpfs (64 MB), so that a full disk can be tried
    SITE_PORT      a free port of the loopback address
    DATABASE_URL   PostgreSQL on port 5598; for outage.py alone the rigs' own proxy, port 5599; without it, SQLite
    DB_RESTART DB_STOP DB_START   commands, for PostgreSQL only

    . tests/sec/prepare && python -m tests.sec.site > $SITE_DATA/site.json && export SEC_CONFIG=$SITE_DATA/site.json

`badinput` expects a CSRF token and a hidden value. The check has neither, so it gets its own run:
`python -m tests.sec.site booking` for all kinds, `python -m tests.sec.site symptom details` for all but
no_csrf, bad_csrf and hidden_tamper.

All settings are those of a server (https, one proxy), except that the shortest time to fill in a form is 0, as
programs are faster than people. tests/unit/booking/test_abuse.py tests that time.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.unit.clinical.scenarios import PLAIN_SPASM
from triage.clinical.questions import QUESTIONS
from triage.guide.pages import PAGES

GUIDE = [f"{prefix}/{page.path}" for prefix in ("", "/es") for page in PAGES]
EMERGENCY = [path for path in GUIDE if "when-to-get-help" in path]
MANAGE = "${SITE_PY} manage.py"


def choice(valid: list[str], among: Any = (), *, required: bool = True) -> dict[str, Any]:
    return {"type": "choice", "valid": valid, "choices": [*valid, *among], "required": required}


def question(code: str, given: Any) -> dict[str, Any]:
    if code == "age":
        return {"type": "int", "valid": [str(given)], "required": True}
    (found,) = [question for question in QUESTIONS if question.code == code]
    return choice([given] if isinstance(given, str) else given, [each.code for each in found.choices])


def text(valid: str, longest: int, *, required: bool = False) -> dict[str, Any]:
    return {"type": "text", "valid": [valid], "max": longest, "required": required, "free_text": True}


def forms() -> list[dict[str, Any]]:
    signs = [each.code for each in QUESTIONS[0].choices]
    return [
        {
            "name": "symptom",
            "kind": "symptom",
            "path": "/check/",
            "sensitive_answers": True,
            "stored": False,
            "fields": {"signs": choice(["chest_or_jaw"], signs)},
            "success": {"status": [200], "text": "result-panel emergency"},
        },
        {
            "name": "details",
            "path": "/check/",
            "sensitive_answers": True,
            "stored": False,
            # A person with a sign gets advice, whatever the other answers. So only "none" is required here.
            "fields": {code: question(code, given) for code, given in PLAIN_SPASM.items()}
            | {"step": choice(["2"], required=False)},
            "success": {"status": [200], "text": "result-panel (home|doctor|urgent|emergency)"},
        },
        {
            "name": "booking",
            "kind": "booking",
            "path": "/book/",
            "stored": True,
            "marker_field": "name",
            "fields": {
                "for_whom": choice(["me", "child", "other"]),
                "name": text("Ana Rivera", 100, required=True),
                # One phone and one email may send six requests a day.
                "phone": {"type": "phone", "valid": [f"(212) 555-{n:04}" for n in range(3000)], "max": 100},
                "email": {"type": "email", "valid": [f"ana{n}@example.org" for n in range(3000)], "max": 254},
                "reach_by": choice(["call", "text", "email"]),
                "good_time": choice(["any", "morning", "afternoon"]),
                "preferred_days": choice(["monday"], ["tuesday", "friday"], required=False),
                "part_of_day": choice(["any", "morning", "afternoon"]),
                "location": choice(["any"], ["one", "two"]),
                "language": choice(["en", "es"]),
                "note": text("A way in without steps, please.", 1000),
                "consent": choice(["on"]),
            },
            "success": {"status": [302], "location": "^(/es)?/book/sent/$"},
        },
    ]


def outages(is_sqlite: bool) -> list[dict[str, Any]]:
    fill = "dd if=/dev/zero of=${SITE_DATA}/full bs=4k 2>/dev/null; true"
    # Mail waits in the outbox, so requests are stored also without the mail server.
    mail = [{"name": f"smtp-{mode}", "via": "smtp", "mode": mode} for mode in ("refuse", "hang", "reject")]
    if is_sqlite:
        return [
            *mail,
            {"name": "sqlite-locked", "via": "sqlite_lock", "booking": "polite"},
            {"name": "disk-full", "via": "command", "down": fill, "up": "rm ${SITE_DATA}/full", "booking": "polite"},
        ]
    return [
        *mail,
        {"name": "db-refused", "via": "db", "mode": "refuse", "booking": "polite"},
        {"name": "db-hangs", "via": "db", "mode": "hang", "booking": "polite"},
        {"name": "db-slow", "via": "db", "mode": "delay", "delay_s": 0.2, "booking": "polite"},
        {"name": "db-stopped", "via": "command", "down": "${DB_STOP}", "up": "${DB_START}", "booking": "polite"},
    ]


def site(names: list[str]) -> dict[str, Any]:
    is_sqlite = "DATABASE_URL" not in os.environ
    manifest = json.loads(Path(os.environ["STATIC_DIR"], "staticfiles.json").read_text("utf-8"))
    # In double quotes for the shell, so Python's are single ones.
    shell = MANAGE + ' shell -v0 -c "%s"'
    markers = (
        "from triage.models import BookingRequest as R; print(*R.objects.values_list('name', flat=True), sep='\\n')"
    )
    cursor = "from django.db import connection as c; k = c.cursor(); "
    sync = "select current_setting('fsync') || ' ' || current_setting('synchronous_commit')"
    sync = "PRAGMA synchronous" if is_sqlite else f"{sync} || ' ' || current_setting('full_page_writes')"
    return {
        "base_url": "http://127.0.0.1:${SITE_PORT}",
        "host": "localhost",
        "headers": {"X-Forwarded-Proto": "https"},
        "rotate_ip_header": "X-Forwarded-For",
        "timeout_s": 10,
        "pages": {
            "article": [path for path in GUIDE if path not in EMERGENCY],
            "emergency": EMERGENCY,
            # The browser may keep these while they are blank, so that Back shows a form as it was left.
            "blank_form": ["/check/", "/es/check/", "/book/", "/es/book/"],
            "private": ["/admin/sign-in/", "/book/sent/", "/es/book/sent/"],
            "static": ["/static/" + manifest["paths"]["css/site.css"]],
            "missing": ["/no-such-page/", "/es/no-such-page/"],
            # Without /readyz: a site without a worker rightly answers "not ready".
            "text": ["/robots.txt", "/healthz", "/.well-known/security.txt"],
        },
        "must_contain": dict.fromkeys(EMERGENCY, "911"),
        "phone_regex": "tel:",
        "forms": [form for form in forms() if form["name"] in names] if names else forms(),
        "server": {
            "cwd": str(Path(__file__).resolve().parents[2]),
            "start": "exec ${SITE_PY} -m gunicorn --config backspasm_site/gunicorn_conf.py"
            " --bind 127.0.0.1:${SITE_PORT} >> ${SITE_DATA}/site.log 2>&1",
            "env": {
                "TRUSTED_PROXIES": "1",
                "MINIMUM_FILL_SECONDS": "0",
                "DEBUG": "false",
                "EMAIL_URL": "smtp://127.0.0.1:2599",
                "DEFAULT_FROM_EMAIL": "no-reply@example.org",
                "DESK_EMAIL": "desk@example.org",
            },
            "ready_path": "/healthz",
            "ready_timeout_s": 30,
        },
        "ids_command": shell % markers,
        "store_dump_command": MANAGE + " dumpdata triage sessions admin",
        "integrity_command": shell
        % (cursor + "k.execute('%s'); print(k.fetchall())")
        % ("PRAGMA integrity_check" if is_sqlite else "select 1"),
        "sync_command": MANAGE
        + f""" shell -v0 -c "{cursor}k.execute(\\"{sync}\\"); print(c.vendor, k.fetchone()[0])" """,
        "sync_expect": "sqlite [23]|postgresql on (on|remote_apply|remote_write|local) on",
        "log_files": ["${SITE_DATA}/site.log"],
        "kill": {"commands": {} if is_sqlite else {"db_restart": "${DB_RESTART}"}},
        "admin": {
            "login": "/admin/sign-in/",
            "index": "/admin/",
            "list": "/admin/triage/bookingrequest/",
            "more_paths": [
                "/admin/triage/auditevent/",
                "/admin/triage/notice/",
                "/admin/triage/staffaccount/",
                "/admin/triage/closure/",
            ],
            "session_command": "${SITE_PY} -m tests.sec.session Manager",
            # An account of the staff without a role.
            "low_session_command": "${SITE_PY} -m tests.sec.session",
            "user_env": "SEC_STAFF_USER",
            "password_env": "SEC_STAFF_PASSWORD",
            "low_user_env": "SEC_LOW_USER",
            "low_password_env": "SEC_LOW_PASSWORD",
            "login_fields": {"user": "login", "password": "password"},
            "victim_user": "nobody-in-particular",
            "expect_throttle": True,
        },
        "outages": outages(is_sqlite),
        "proxies": {"smtp": {"listen": 2599}} | ({} if is_sqlite else {"db": {"listen": 5599, "target": 5598}}),
        "sqlite_file": "${SITE_DATA}/db.sqlite3",
    }


if __name__ == "__main__":
    json.dump(site(sys.argv[1:]), sys.stdout, indent=1)
