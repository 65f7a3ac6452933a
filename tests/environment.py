"""The environment the tests run in. Loaded by pytest before Django reads its settings (see pyproject.toml)."""

import atexit
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
os.environ["SITE_URL"] = "http://127.0.0.1:8000"
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="backspasm-test-")
os.makedirs(os.path.join(os.environ["DATA_DIR"], "static", "files"))  # whitenoise warns without it
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
if "PYTEST_XDIST_WORKER" not in os.environ:  # its processes share a folder: see once.py
    os.environ["FOLDER_OF_THE_RUN"] = tempfile.mkdtemp(prefix="backspasm-run-")
    atexit.register(shutil.rmtree, os.environ["FOLDER_OF_THE_RUN"], ignore_errors=True)
# Playwright keeps an event loop in the thread of the tests, and Django would take them for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["MORNING_DIGEST"] = "false"  # otherwise counts in tests would depend on the day of the week
UNSET = "DEBUG DATABASE_URL STATIC_DIR BACKUP_DIR TRUSTED_PROXIES WEB_CONCURRENCY THREADS EMAIL_URL EMAIL_TIMEOUT"
UNSET += " DEFAULT_FROM_EMAIL DESK_EMAIL RETENTION_DAYS IDLE_DAYS MINIMUM_FILL_SECONDS"
for name in UNSET.split():
    os.environ.pop(name, None)
if "PYTEST_XDIST_WORKER" not in os.environ:  # the process that starts the workers has compiled it
    locale = Path(__file__).resolve().parents[1] / "triage" / "locale"
    compiler = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile"]
    subprocess.run([*compiler, "-d", locale, "-D", "django"], check=True)
