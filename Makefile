# Everything a user or developer types. Each command makes and refreshes its own environment in .venv.

SHELL := /bin/sh
PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip install --disable-pip-version-check --quiet -c constraints.txt
INPUTS := pyproject.toml constraints.txt
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench bench-paper moved

help:  ## List these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

setup: .venv/ready-dev  ## Make .venv with everything, tools for development included.
	@echo ".venv is ready: make run serves the web page, make test runs the tests."

run: .venv/ready-run  ## Serve the web page (the first time this sets everything up).
	.venv/bin/readonce ui

test: .venv/ready-dev  ## Run the tests, on every core.
	$(PYTHON) -m pytest -n auto --dist loadfile

check: .venv/ready-dev  ## Check format, style, types and which part imports what.
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest -q tests/test_architecture.py

bench: .venv/ready-run  ## Measure speed and size: what the README states, in a few minutes.
	$(PYTHON) -m benchmarks quick

bench-paper: .venv/ready-run  ## Measure what the paper claims, beside a Transformer, in ten minutes.
	$(PYTHON) -m benchmarks paper
	$(PYTHON) -m benchmarks perplexity --train 60000 --search 20000 --grid 2e-3 --decays 2,4,6,8 --bases 1e4 --seeds 1

# The stamps: a second call is quick, and a changed INPUTS file installs again. `ready-run` is
# touched by the larger ones too, so `make run` after `make setup` has nothing to do.
.venv/ready-run: $(INPUTS) .venv/place
	@echo "Installing readonce into .venv (the first time this takes a few minutes) ..."
	@$(PIP) -e .
	@touch $@

.venv/ready-dev: $(INPUTS) .venv/place
	@echo "Installing readonce and its tools for development into .venv (the first time this takes a few minutes) ..."
	@$(PIP) -e '.[dev]'
	@touch .venv/ready-run $@

# An environment has its own path written into it: after a move or a copy it is installed again.
ifneq ($(shell cat .venv/place 2>/dev/null),$(CURDIR))
.venv/place: moved
endif

# Python 3.13 to 3.11 first, which the pinned packages are made for; then whatever is new enough.
# Each is tried, not only looked up: version managers leave commands that exist and do not run.
# An environment that still runs is kept; one whose Python is gone is made anew.
NEW_ENOUGH := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
.venv/place:
	@for python in python3.13 python3.12 python3.11 python3 python; do \
	  if "$$python" -c "$(NEW_ENOUGH)" >/dev/null 2>&1; then \
	    echo "Making .venv with $$("$$python" --version) ..."; \
	    clear=; .venv/bin/python -c "" 2>/dev/null || clear=--clear; \
	    "$$python" -m venv $$clear .venv && pwd -P > $@; exit; \
	  fi; \
	done; \
	echo "readonce needs Python 3.11 or newer with its venv module: install it" \
	  "(on Debian and Ubuntu: apt-get install python3 python3-venv) and try again." >&2; exit 1
