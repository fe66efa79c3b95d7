# `make demo` and `make test` set up everything they need; the rest assumes `make setup`.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python -P
# Libraries that would report usage are told not to, here and in every process that we start.
export DO_NOT_TRACK := 1
export HF_HUB_DISABLE_TELEMETRY := 1
export VLLM_NO_USAGE_STATS := 1
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup system demo app test check format locks schema screenshots docs reference clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /	/' | expand -t 12

setup:  ## .venv with everything (CPU set, or CUDA set with an NVIDIA GPU)
	@$(PYTHON) app/setup/system.py
	@$(PYTHON) app/setup/install.py

system:  ## system packages (Debian/Ubuntu)
	@$(PYTHON) app/setup/system.py --install

demo: setup  ## the main job on the sample project: train two adapters, prove, serve, compare
	@$(VENV)/bin/vibetune demo

app: setup  ## the desktop
	@$(VENV)/bin/vibetune app

test: setup  ## all tests
	@$(VENV)/bin/python -m pytest tests -n 2 --dist loadfile

check: setup  ## format, lint, types, import order
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy app assistant pipeline serving tests benchmarks docs
	@$(VENV)/bin/lint-imports

format: setup  ## format and fix what can be fixed
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

locks: setup  ## resolve and lock both dependency sets again
	@$(PYTHON) app/setup/lock.py

schema: setup  ## export the Plan's JSON schema for editors
	@$(RUN) -m pipeline.plan.schema

screenshots: setup  ## docs/screenshots, made by a first day in the real window
	@PYTHONPATH=. $(RUN) docs/make_screenshots.py

docs: setup  ## the guide as HTML in build/docs
	@$(RUN) docs/make_html.py

reference: setup  ## docs/reference: every command, setting and verb, from the program itself
	@$(RUN) -m app.reference

clean:  ## remove .venv and caches; projects are not touched
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
