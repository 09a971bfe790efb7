# Two commands do all the set-up on a fresh machine: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
# For the Python of deploy/Dockerfile; without headers and addresses, so that the files are the same wherever they are made.
LOCK := $(BIN)/uv pip compile --quiet --constraint constraints.txt --python-version 3.13 --python-platform x86_64-unknown-linux-gnu \
	--generate-hashes --no-header --no-annotate --no-emit-index-url
ARGS ?=

.PHONY: help run test lint types format faults bench build lock clean down k8s-check
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'
	@echo '  ARGS="…" passes options on, for example: make run ARGS="--until-idle --workers 2"'

run: $(VENV)/.run ## Start everything with the sample wire (Ctrl-C ends it)
	@$(BIN)/dateline run --samples $(ARGS)

down: $(VENV)/.run ## Stop the local servers
	@$(BIN)/dateline down

test: $(VENV)/.dev ## Run the style, type and test checks on real servers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest $(ARGS)

lint: $(VENV)/.dev ## Check the style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev ## Check the types
	@$(BIN)/mypy

format: $(VENV)/.dev ## Put the code into its format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

faults: $(VENV)/.dev ## Run the long fault tests
	@DATELINE_LONG_FAULTS=1 $(BIN)/pytest tests/faults $(ARGS)

bench: $(VENV)/.run ## Measure the speed of this machine
	@$(BIN)/dateline bench $(ARGS)

k8s-check: $(VENV)/.dev ## Apply k8s/ to a real API server, as a dry run (builds it once: Go, etcd)
	@$(BIN)/python k8s/check $(ARGS)

build: $(VENV)/.dev ## Build the wheel into dist/
	@$(BIN)/python -m build --wheel

lock: $(VENV)/.dev ## Pin the container's packages to their bytes, after a change of pyproject.toml or constraints.txt
	@$(PIP) uv
	@$(LOCK) pyproject.toml --output-file deploy/requirements.txt
	@printf 'hatchling\nsetuptools\n' | $(LOCK) - --output-file deploy/requirements-build.txt

clean: ## Remove the environment and what tests and builds left; the local servers' data stays
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Dateline needs Python 3.11, 3.12 or 3.13 and found none. Install one (Debian: apt install python3 python3-venv; macOS: brew install python@3.13), or name yours: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@echo "Making the environment with $(PYTHON) …" >&2
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make environments: install its venv module (Debian: apt install python3-venv), then try again." >&2; exit 1; }

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing Dateline and what it needs (once, a minute or two) …" >&2
	@$(PIP) --editable . || { echo "Installing failed. Without a network, point pip at a package mirror (PIP_INDEX_URL) and try again." >&2; exit 1; }
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing the tools for tests …" >&2
	@$(PIP) --editable '.[dev]' || { echo "Installing failed. Without a network, point pip at a package mirror (PIP_INDEX_URL) and try again." >&2; exit 1; }
	@touch $@
