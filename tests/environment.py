"""The environment the tests run in. Loaded by pytest before Django reads its settings (see pyproject.toml)."""

import os
import secrets
import tempfile

os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
os.environ["SITE_URL"] = "http://127.0.0.1:8000"
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="backspasm-test-")
os.mkdir(os.path.join(os.environ["DATA_DIR"], "static"))  # whitenoise warns without it
os.environ.pop("DEBUG", None)
os.environ.pop("DATABASE_URL", None)
