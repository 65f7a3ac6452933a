"""WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backspasm_site.settings")
# PostgreSQL gives up on what a page asked for. Only here: a migration of a large table may take its time.
os.environ.setdefault("PGOPTIONS", "-c lock_timeout=3000 -c statement_timeout=5000")
os.environ.setdefault("PGTZ", "UTC")  # said on connecting, or Django asks for it in a question of its own
application = get_wsgi_application()
