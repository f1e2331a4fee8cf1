# Everything starts here: make run | test | gate | short-proofs | check | format | verify | bench | prove | lock | messages
#
# Works with GNU make 3.81 and later. A first `make run` needs only Python 3.11+ and make.

export PIP_DISABLE_PIP_VERSION_CHECK = 1
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
PYTHON := $(VENV)/bin/python
MANAGE := $(PYTHON) manage.py
TEST_WORKERS ?= 3
ARGS ?=

.PHONY: run test gate short-proofs check format verify bench prove lock messages runtime dev chromium help
.DEFAULT_GOAL := help

help:
	@echo "make run       start everything on this machine (PORT=8000), Ctrl-C stops it"
	@echo "make test      the tests, three at a time"
	@echo "make gate      browser journeys, and what takes a minute or two: short kills, crowds, the API document at length"
	@echo "make check     lint, formatting, types, layers, missing migrations, the rules of the house"
	@echo "make format    Python and templates in the shape that 'make check' asks for"
	@echo "make verify    prove every invariant of the ledger on the data of 'make run'"
	@echo "make bench     speed, as ratios measured in one run"
	@echo "make prove     the long proofs: many rounds, many kills"
	@echo "make short-proofs  those of them that take less than three minutes each"
	@echo "make messages  merge and compile the translations"
	@echo "make lock      requirements.txt and requirements-dev.txt from the .in files"

run: runtime
	@exec $(PYTHON) -m loyalty.run

test: dev
	$(PYTHON) -m pytest -n $(TEST_WORKERS) --dist worksteal $(ARGS)

gate: dev chromium
	$(PYTHON) -m pytest -m '(gate or browser) and not proof' -n 2 --dist worksteal $(ARGS)

check: dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m loyalty.template_layout --check
	$(PYTHON) -m mypy .
	$(PYTHON) -m loyalty.messages --strict
	$(VENV)/bin/lint-imports
	$(PYTHON) -m pytest -q -m static -n 2 --dist loadfile tests/architecture
	$(MANAGE) makemigrations --check --dry-run

format: dev
	$(PYTHON) -m ruff format .
	$(PYTHON) -m loyalty.template_layout

verify: runtime
	@$(MANAGE) migrate --verbosity 0
	$(MANAGE) verify $(ARGS)

bench: dev
	$(PYTHON) -m bench $(ARGS)

prove: dev chromium
	$(PYTHON) -m pytest -m proof -n 0 --timeout 3600 $(ARGS)

short-proofs: dev chromium
	$(PYTHON) -m pytest -m short_proof -n 0 --timeout 300 $(ARGS)

messages: $(VENV)/runtime.stamp
	@$(PYTHON) -m loyalty.messages

# ---- The virtual environment ----------------------------------------------------------------------------------------
# uv installs in seconds what takes pip minutes; where there is no uv, pip does it. Both check every hash.

INSTALL = if [ -x $(VENV)/bin/uv ]; \
	then $(VENV)/bin/uv pip install --quiet --python $(PYTHON) --compile-bytecode --require-hashes -r $(1); \
	else $(PYTHON) -m pip install --quiet --require-hashes -r $(1); fi

runtime: $(VENV)/runtime.stamp messages
dev: $(VENV)/dev.stamp messages

$(VENV)/runtime.stamp: requirements.txt $(VENV)/bin/python
	@echo "Installing requirements.txt ..."
	@$(call INSTALL,requirements.txt)
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/runtime.stamp
	@echo "Installing requirements-dev.txt ..."
	@$(call INSTALL,requirements-dev.txt)
	@touch $@

$(VENV)/bin/python:
	@found=; for name in $${LOYALTY_PYTHON:-python3 python3.13 python3.12 python3.11}; do \
	  if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "loyalty: needs Python 3.11 or later and found none; install it, or say where: LOYALTY_PYTHON=/path/to/python3 make run" >&2; \
	  exit 1; \
	fi; \
	echo "Creating $(VENV) with $$found ..."; \
	$$found -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "loyalty: $$found cannot make a virtual environment (on Debian: apt install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m pip install --quiet --require-hashes -r requirements-bootstrap.txt \
	  || echo "No uv for this platform; pip will install the rest, slowly."

lock: $(VENV)/dev.stamp
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.txt
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements-dev.in -o requirements-dev.txt
	awk '/^[^ #]/ { ours = /^uv==/ } ours && !/^ *#/' requirements-dev.txt > requirements-bootstrap.txt

# ---- Chromium for the browser tests ---------------------------------------------------------------------------------
# In CI they must run; elsewhere they are skipped, and pytest says so, when there is no Chromium and we may not install it.

chromium:
	@if [ -x /usr/bin/chromium ] || [ -n "$$CHROMIUM" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Debian's chromium for the browser tests ..."; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null \
	    || { [ "$$CI" != true ] || exit 1; }; \
	elif [ "$$CI" = true ]; then echo "loyalty: the browser tests must run in CI and there is no /usr/bin/chromium" >&2; exit 1; \
	else echo "No /usr/bin/chromium and no right to install it: the browser tests will be skipped."; fi
