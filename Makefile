# `make demo` and `make test` set up everything they need in .venv, from nothing; a second call is quick.
.DEFAULT_GOAL := help
SHELL := /bin/bash
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13; do \
  $$name -c '$(NEW_ENOUGH)' 2>/dev/null && command -v $$name && break; done)
BIN := .venv/bin
READY := .venv/.ready
READY_DEV := .venv/.ready-dev
READY_BENCH := .venv/.ready-bench

.PHONY: help demo test check bench clean

help:
	@echo "make demo    simulate a session, find its keypoints, measure them, draw them"
	@echo "make test    style, types and tests"
	@echo "make bench   every script under benchmarks/: the figures of the README"
	@echo "make clean   remove .venv and caches"

demo: $(READY)
	$(BIN)/behaviorvlm demo

test: check
	$(BIN)/python -m pytest

check: $(READY_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY_BENCH)
	$(BIN)/python benchmarks/_run_all.py

$(BIN)/pip:
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { \
	  echo "behaviorvlm needs Python 3.11 or newer; found $(or $(PYTHON),none: $$(python3 --version 2>&1))." >&2; \
	  echo "Install python3.11 (with its venv package), or name another: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; \
	  exit 1; }
	@"$(PYTHON)" -m venv --clear .venv || { \
	  rm -rf .venv; echo "Python's venv module is missing: on Debian and Ubuntu install python3-venv." >&2; exit 1; }

$(READY): pyproject.toml | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(READY_DEV): pyproject.toml | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(READY)

$(READY_BENCH): pyproject.toml | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'aniposelib>=0.8'
	@touch $@ $(READY)

clean:
	rm -rf .venv build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis
