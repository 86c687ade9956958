# Everything installs itself into .venv, once; a stamp remembers what is there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests wait for each other side of a wire half of the time, so that one more than there are processors keeps them busy.
# Each worker begins with tests that lie together and share what they set up; one that is done takes over from others.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(1 + os.cpu_count())")
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist worksteal
PEERS := aiobotocore litellm inspect promptfoo

.DEFAULT_GOAL := help
.PHONY: help setup dev demo rehearsal test check format real synth deploy bench-asking bench-peers clean

help:  ## what there is to do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/'

setup: $(VENV)/.installed  ## the command brainswap, in .venv/bin

dev: $(VENV)/.developed  ## everything that developing needs

demo: setup  ## a whole migration of examples/support-triage, offline
	@$(BIN)/brainswap run examples/support-triage --out out/support-triage --models embedded --seed 7

rehearsal: setup  ## the same in an account, played on this machine: from a released model to moved traffic
	@$(BIN)/brainswap rehearse examples/support-triage --seed 7

test: dev  ## all tests
	$(PYTEST) -m "not real"

real: dev  ## measure on recorded answers of real models
	$(PYTEST) -m real tests/real

check: dev  ## lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .

format: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

synth: dev  ## the CloudFormation template, into cdk.out
	$(BIN)/python app.py

deploy: dev  ## into your AWS account; looks first, shows the change, and asks
	@$(BIN)/brainswap deploy

bench-asking: dev  ## how fast cases are asked about, beside the peers that are installed
	$(BIN)/python -m benchmarks.asking

bench-peers: $(PEERS:%=.peers/%/.installed)  ## the peers that bench-asking measures, each in an environment of its own

clean:
	rm -rf $(VENV) cdk.out out .layers .peers

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml requirements.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.txt --editable .
	@touch $@

$(VENV)/.developed: requirements.txt | $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

.peers/promptfoo/.installed:
	npm install --prefix $(@D) --no-audit --no-fund --loglevel=error promptfoo@0.121.20
	@touch $@

.peers/%/.installed: benchmarks/asking/peers/%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
