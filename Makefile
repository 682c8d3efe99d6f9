# make corpus   builds everything with the default configuration
# make test     runs everything that CI runs
# make help     lists the rest

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
CORES ?= $(shell nproc 2>/dev/null || echo 2)
# Further options for Snakemake, targets first: make corpus OPTIONS="--configfile mine.yaml"
OPTIONS ?=
ACTIVE := . $(BIN)/activate &&

## corpus: the corpus, its exports and the report; goes on where an interrupted run ended
.PHONY: corpus
corpus: $(VENV)/installed
	@$(ACTIVE) python -m shellwright.preflight $(OPTIONS)
	@$(ACTIVE) python -m shellwright.sandbox.engine --ensure
	@$(ACTIVE) exec python -m shellwright.make_corpus $(CORES) $(OPTIONS)

## env: the Python environment alone; activate it with: . .venv/bin/activate
.PHONY: env
env: $(VENV)/installed

$(VENV)/installed: envs/python.lock scripts/make_env.sh
	@scripts/make_env.sh $(VENV) envs/python.lock
	@touch $@

## test: formatting, types, lints, all tests, and the exported tasks run by Harbor itself
.PHONY: test
test: lint unit test-harbor

## lint: formatting, types and Snakemake's own lints
.PHONY: lint
lint: $(VENV)/installed
	$(ACTIVE) ruff check .
	$(ACTIVE) ruff format --check .
	$(ACTIVE) mypy
	$(ACTIVE) snakefmt --check Snakefile rules
	$(ACTIVE) snakemake --lint

## unit: all tests but Harbor's; PYTEST="-k store" chooses among them
.PHONY: unit
unit: $(VENV)/installed
	@$(ACTIVE) python -m shellwright.sandbox.engine --ensure
	$(ACTIVE) pytest -n 2 --dist loadgroup $(PYTEST)

## test-harbor: the exported tasks, run by Harbor: its oracle gets reward 1, doing nothing gets 0
.PHONY: test-harbor
test-harbor: corpus
	$(ACTIVE) python tests/harbor/run_harbor.py -- $(OPTIONS)
	$(ACTIVE) SHELLWRIGHT_HARBOR_PYTHON=$(CURDIR)/.shellwright/harbor/env/bin/python \
	  pytest tests/unit/trajectories/test_against_harbor.py

## docs: docs/config.md anew from the schema of the configuration
.PHONY: docs
docs: $(VENV)/installed
	$(ACTIVE) python -m shellwright.config_page

## lock: the lock file anew from envs/python.in; needs uv
.PHONY: lock
lock:
	scripts/make_lock.sh

## clean: removes everything built; keeps the environment, and the model's answers in .shellwright
.PHONY: clean
clean:
	rm -rf results .snakemake

## help: this list
.PHONY: help
help:
	@sed -n 's/^## /make /p' Makefile
