# The commands of the README, and the steps of CI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= data

export DO_NOT_TRACK := 1
export TENURE_HOME := $(abspath $(HOME_DIR))

.PHONY: run test lint types sql ui docs samples bench clean help
.DEFAULT_GOAL := help

help: ## What there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

# The lock names every package by hash, so what is installed is what was tested.
$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("tenure needs Python 3.11 or later, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	-$(BIN)/python -m compileall -q -j 0 $(VENV)/lib # pip would compile on one core; what fails to is compiled when used
	touch $@

run: $(VENV)/.installed ## The nightly job on the bundled samples; prints the decision
	@$(BIN)/tenure add data/samples > /dev/null
	@$(BIN)/tenure refresh
	@echo
	@$(BIN)/tenure decide
	@echo
	@$(BIN)/tenure report --out $(HOME_DIR)/published/decision.html

test: $(VENV)/.installed ## The whole test suite
	$(BIN)/python -m pytest

lint: $(VENV)/.installed ## Format, style, types, SQL, and whether generated docs are current
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(MAKE) --no-print-directory --jobs 2 types sql
	$(BIN)/python -m pipelines.dictionary --check
	$(BIN)/python -m pipelines.scenario_page --check

# Side by side, since types are checked on one core.
types: $(VENV)/.installed
	$(BIN)/mypy

sql: $(VENV)/.installed
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 dbt_project/models dbt_project/tests

ui: $(VENV)/.installed ## Dagster's UI on the same definitions
	$(BIN)/python -m pipelines.assets.instance $(HOME_DIR)
	DAGSTER_HOME=$(TENURE_HOME)/.dagster $(BIN)/dagster dev --workspace workspace.yaml

docs: $(VENV)/.installed ## Write the generated pages
	$(BIN)/python -m pipelines.dictionary
	$(BIN)/python -m pipelines.scenario_page

samples: $(VENV)/.installed ## Write the sample company anew from its seed
	$(BIN)/python -m pipelines.samples data/samples data/known_answer

bench: $(VENV)/.installed ## Times against the plainest way to do the same; ARGS="focus --rows 1000000"
	$(BIN)/python tests/bench/run.py $(ARGS)

clean: ## Remove what runs and builds left; landing is kept
	rm -rf $(HOME_DIR)/warehouse $(HOME_DIR)/published $(HOME_DIR)/.dagster dbt_project/target dbt_project/logs
