# Every target does the set-up it needs; `make` alone says what there is.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
STAMP := $(VENV)/.installed
# uv reads neither pip's settings nor the system's certificates by itself.
export UV_FIND_LINKS ?= $(shell $(PYTHON) -m pip config get global.find-links 2>/dev/null || echo $$PIP_FIND_LINKS)
export UV_SYSTEM_CERTS ?= true
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo loop test check format ui bench clean

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP) ## install everything into .venv, exactly as constraints.txt pins it

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || \
		{ echo "caselab needs Python 3.11 or 3.12; name one: make setup PYTHON=python3.11" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e . --group dev
	@# Bytecode now, on all cores, and not one import at a time in the first run.
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib >/dev/null 2>&1 || true
	@# Two branches' dvc.lock are joined stage by stage; .gitattributes asks for it by this name.
	@git config merge.caselab-lock.driver '"$(CURDIR)/$(BIN)/caselab" merge-lock %O %A %B' 2>/dev/null || true
	@touch $@

demo: $(STAMP) ## churn, from the raw table to a registered champion; again: only what changed
	$(BIN)/caselab run churn

loop: $(STAMP) ## churn's champion serves, the world changes, the watch says so, a retrained one takes over
	$(BIN)/python -m benchmarks.loop

test: $(STAMP) ## the tests: units first, then whole runs
	$(BIN)/pytest -n 2 --dist loadgroup --ignore tests/end_to_end
	$(BIN)/pytest -n 2 --dist loadfile tests/end_to_end

check: $(STAMP) ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(STAMP) ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

ui: $(STAMP) ## the pages of MLflow and Prefect
	$(BIN)/caselab ui

bench: $(STAMP) ## measure against peers; see benchmarks/README.md
	$(BIN)/python -m benchmarks

clean: ## remove the environment and what tools left, never data or models
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
