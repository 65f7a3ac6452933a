# `make run` shows the site, `make test` checks it. Both build what they need the first time.

PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
LOCAL = $(or $(PYTHON),$(error Python 3.11 or newer is needed. On Debian or Ubuntu: apt-get install python3 python3-venv)) \
	-m backspasm_site.local
IN_VENV = .venv/bin/python
# A wheel folder or an index that only this machine has must not get into the lock files.
LOCK = env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(IN_VENV) -m uv pip compile --quiet --universal --generate-hashes \
	--python-version 3.11 --no-emit-index-url --no-header $(if $(UPGRADE),--upgrade)

# T counts when typed with the command, never from someone's environment: nothing is left out in silence.
ifneq ($(origin T),command line)
override T :=
endif

.PHONY: help run dev test bench lock manage environment

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

run: ## the site at http://127.0.0.1:8000/ with made-up requests (PORT=8001 for another port)
	@exec $(LOCAL) run

dev: ## the same, and a changed file shows at the next click
	@exec $(LOCAL) dev

test: environment ## lint, format, types and all tests (T=tests/unit: only those tests)
ifndef T
	@$(IN_VENV) -m ruff check --quiet
	@$(IN_VENV) -m ruff format --check --quiet
	@SECRET_KEY=$$(printf %050d 0) SITE_URL=http://127.0.0.1 $(IN_VENV) -m mypy
	@$(IN_VENV) -m tests.browser.find_chromium
endif
	@$(IN_VENV) -m pytest $(or $(T),-n auto --maxprocesses=2 --maxschedchunk=1)

bench: environment ## measure the site on a quiet machine and write docs/performance.md
	@$(IN_VENV) -m tests.bench $(ARGS)

lock: environment ## write the requirements files again (UPGRADE=1: with the newest versions)
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements.in requirements-dev.in -o requirements-dev.txt

manage: ## manage.py on the database of `make run` (ARGS=makemigrations)
	@exec $(LOCAL) manage $(ARGS)

environment: ## only build the environment in .venv
	@$(LOCAL) environment
