# `make run` shows the site, `make test` checks it. Both build what they need the first time.

PORT := $(or $(PORT),8000)
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
IN_VENV = .venv/bin/python
# Most of what is installed is never imported, so Python compiles a module when it first is.
INSTALL = $(IN_VENV) -m pip --quiet --disable-pip-version-check --no-input install --no-compile --require-hashes -r
TELL = echo "Installing $$(grep -c == $<) packages: about a minute, in which pip says nothing …"
PARALLEL = -n auto --maxprocesses=2 --maxschedchunk=1
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard triage/locale/*/LC_MESSAGES/django.po))
# One `make` at a time builds; a second one waits, and then looks at what there is. macOS has no flock.
BUILD = @$(shell command -v flock >/dev/null && echo flock Makefile) $(MAKE) --silent
# A wheel folder or an index that only this machine has must not get into the lock files.
LOCK = env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(IN_VENV) -m uv pip compile --quiet --universal --generate-hashes \
	--python-version 3.11 --no-emit-index-url --no-header $(if $(UPGRADE),--upgrade)

# T counts when typed with the command, never from someone's environment: nothing is left out in silence.
ifneq ($(origin T),command line)
override T :=
endif

.PHONY: help run dev test quick lint bench lock manage environment ready

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

run: ready ## the site at http://127.0.0.1:8000/ with made-up requests (PORT=8001 for another port)
	@exec $(IN_VENV) manage.py demo

dev: ready ## the same, and a changed file shows at the next click
	@exec $(IN_VENV) manage.py demo

manage: ready ## manage.py on the database of `make run` (ARGS=makemigrations)
	@exec $(IN_VENV) manage.py $(ARGS)

test: $(if $(T),environment,lint) ## lint, format, types and all tests (T=tests/unit: only those tests)
	$(if $(T),,@$(IN_VENV) -m tests.browser.find_chromium)
	@$(IN_VENV) -m pytest $(or $(T),$(PARALLEL))

quick: lint ## lint, format, types and the tests that take no more than a second each: at every change
	@$(IN_VENV) -m pytest -m "not slow" $(PARALLEL)

lint: environment
	@$(IN_VENV) -m ruff check --quiet
	@$(IN_VENV) -m ruff format --check --quiet
	@SECRET_KEY=$$(printf %050d 0) SITE_URL=http://127.0.0.1 $(IN_VENV) -m mypy
	@mkdir -p var; .venv/bin/lint-imports --no-logo --cache-dir var/imports > var/imports.txt || { cat var/imports.txt; exit 1; }

bench: environment ready ## measure the site on a quiet machine and write docs/performance.md
	@$(IN_VENV) -m tests.bench $(ARGS)

lock: environment ## write the requirements files again (UPGRADE=1: with the newest versions)
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements.in requirements-dev.in -o requirements-dev.txt

# --- The demonstration site ------------------------------------------------------------------
# Only this machine can reach it. It has a database of its own, so that made-up requests never land among real
# ones. It prints its mail, unless the command names a server: EMAIL_URL=smtp://127.0.0.1:2525 make run
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

# A secret for this machine, which only its owner can read. It is never written over.
.env:
	@mkdir -p var
	@umask 077; key=$$($(PYTHON) -c 'import secrets; print("SECRET_KEY=" + secrets.token_urlsafe(50))') \
		&& echo "$$key" > var/env && mv var/env .env

$(CATALOGUES): %.mo: %.po .venv/runtime
	@$(IN_VENV) -m babel.messages.frontend -q compile -i $< -o $@

# --- The environment -------------------------------------------------------------------------
environment: ## only build the environment in .venv
	$(BUILD) .venv/all

ready: # what the site needs to start, without what the tests need
	$(BUILD) .venv/runtime .env $(CATALOGUES)

# These two files tell that pip has finished. What was cut off, or is older than the requirements, is built anew.
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

# Nor do they count when the Python of .venv went away, or became another version that finds no packages.
ifneq ($(shell $(IN_VENV) -c 'import django; print("works")' 2>/dev/null),works)
.PHONY: .venv/runtime
endif
