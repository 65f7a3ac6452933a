# `make run` starts the site, `make test` checks it. Both first build the environment if it is missing or out of date.

PORT := $(or $(PORT),8000)
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
IN_VENV = .venv/bin/python
# --no-compile: most modules are never imported, and Python compiles the others at their first import.
INSTALL = $(IN_VENV) -m pip --quiet --disable-pip-version-check --no-input install --no-compile --require-hashes -r
TELL = echo "Installing $$(grep -c == $<) packages: about a minute, in which pip says nothing …"
PARALLEL = -n auto --maxprocesses=2 --maxschedchunk=1
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard triage/locale/*/LC_MESSAGES/django.po))
# Only one `make` builds at a time. Another waits, and then builds what is still missing. macOS has no flock.
BUILD = @$(shell command -v flock >/dev/null && echo flock Makefile) $(MAKE) --silent
# The lock files must not name a wheel folder or package index of this machine.
LOCK = env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(IN_VENV) -m uv pip compile --quiet --universal --generate-hashes \
	--python-version 3.11 --no-emit-index-url --no-header $(if $(UPGRADE),--upgrade)

# T is read from the command line only. From the environment it would silently leave out tests.
ifneq ($(origin T),command line)
override T :=
endif

.PHONY: help run dev test quick lint bench lock manage environment ready

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

run: ready ## start the site at http://127.0.0.1:8000/ with made-up requests (PORT=8001 for another port)
	@exec $(IN_VENV) manage.py demo

dev: ready ## the same, with DEBUG: a changed file shows when the page is loaded again
	@exec $(IN_VENV) manage.py demo

manage: ready ## run manage.py with the database of `make run` (ARGS=makemigrations)
	@exec $(IN_VENV) manage.py $(ARGS)

test: $(if $(T),environment,lint) ## check lint, format and types, and run all tests (T=tests/unit: only those tests)
	$(if $(T),,@$(IN_VENV) -m tests.browser.find_chromium)
	@$(IN_VENV) -m pytest $(or $(T),$(PARALLEL))

quick: lint ## the same with the tests that take a second or less each: for every change
	@$(IN_VENV) -m pytest -m "not slow" $(PARALLEL)

lint: environment
	@$(IN_VENV) -m ruff check --quiet
	@$(IN_VENV) -m ruff format --check --quiet
	@SECRET_KEY=$$(printf %050d 0) SITE_URL=http://127.0.0.1 $(IN_VENV) -m mypy
	@mkdir -p var; .venv/bin/lint-imports --no-logo --cache-dir var/imports > var/imports.txt || { cat var/imports.txt; exit 1; }

bench: environment ready ## measure the site on a quiet machine and write docs/performance.md
	@$(IN_VENV) -m tests.bench $(ARGS)

lock: environment ## write the requirements files (UPGRADE=1: with the newest versions)
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements.in requirements-dev.in -o requirements-dev.txt

# --- The demonstration site ------------------------------------------------------------------
# Only this machine can reach it. It has its own database, so that made-up requests are never among real ones.
# It prints its mail, unless a server is given: EMAIL_URL=smtp://127.0.0.1:2525 make run
run: export DEBUG := false
dev manage: export DEBUG := true
run dev manage: export PORT := $(PORT)
run dev manage: export SITE_URL := http://127.0.0.1:$(PORT)
run dev manage: export DATABASE_URL := sqlite:///var/demo.sqlite3
run dev manage: export DATA_DIR :=
run dev manage: export STATIC_DIR :=
run dev manage: export TRUSTED_PROXIES := 0
run dev manage: export EMAIL_URL ?= consolemail://
run dev manage: export DESK_EMAIL ?= desk@example.com

# A random SECRET_KEY, in a file that only its owner can read. It is never overwritten.
.env:
	@mkdir -p var
	@umask 077; key=$$($(PYTHON) -c 'import secrets; print("SECRET_KEY=" + secrets.token_urlsafe(50))') \
		&& echo "$$key" > var/env && mv var/env .env

$(CATALOGUES): %.mo: %.po .venv/runtime
	@$(IN_VENV) -m babel.messages.frontend -q compile -i $< -o $@

# --- The environment -------------------------------------------------------------------------
environment: ## build the environment in .venv, and nothing else
	$(BUILD) .venv/all

ready: # builds what the site needs to start, without the packages of the tests
	$(BUILD) .venv/runtime .env $(CATALOGUES)

# These two files are written when pip has finished. If they are missing or older than the requirements, make runs pip.
.venv/runtime: requirements.txt
	$(if $(PYTHON),,$(error Python 3.11 or newer is needed. On Debian or Ubuntu: apt-get install python3 python3-venv))
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
		"Python cannot make environments here. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Building the environment in .venv (only when requirements change) …"
	@said=$$($(PYTHON) -m venv --clear .venv 2>&1) || { echo "$$said" | tail -n 1 >&2; exit 1; }
	@$(TELL)
	@$(INSTALL) $<
	@touch $@

.venv/all: requirements-dev.txt .venv/runtime
	@echo "Adding what the tests need …"
	@rm .venv/runtime
	@$(TELL)
	@$(INSTALL) $<
	@touch .venv/runtime $@

# They are also ignored if the Python of .venv was removed, or replaced by a version that does not find the packages.
ifneq ($(shell $(IN_VENV) -c 'import django; print("works")' 2>/dev/null),works)
.PHONY: .venv/runtime
endif
