# Every target installs by itself what it needs and what is missing (see setup.sh);
# when nothing is missing that costs a blink and says nothing.

SHELL := /bin/bash
BIN := .venv/bin
PURE := switch/call switch/live switch/presence switch/recording/tape switch/records switch/sip switch/threads switch/wire dialplan

# What is handed on: make test ARGS="-k transfer", make run ARGS="--config /etc/softswitch"
ARGS ?=
RECORDS ?= 1000000
CONVERSATIONS ?= 1000000

# How long make soak kills, and make flat calls: make soak SECONDS=3600
SECONDS ?= 600

# What make bench measures: make bench ROWS="calls transfers" ARGS="--quick"
ROWS ?=

.DEFAULT_GOAL := help
.PHONY: help demo run test test-desk soak bench bench-table flat bench-threads bench-desk bench-media check format states asyncapi coverage setup setup-tests setup-python

help:  ## list the targets
	@echo "softswitch: what you can ask for"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup  ## play a call that is transferred twice; KEEP=1 keeps the switch up to look at
	@$(BIN)/softswitch demo $(if $(KEEP),--stay) $(ARGS)

run: setup  ## keep the switch up for real phones
	@$(BIN)/softswitch run $(ARGS)

test: setup-tests  ## run every test; ARGS="-k busy" runs some
ifeq ($(strip $(ARGS)),)
	@tests/all.sh
else
	@$(BIN)/python -m pytest $(ARGS)
endif

soak: setup  ## kill everything at random for SECONDS=600, and see that nothing is lost
	@$(BIN)/python -m tests.chaos.soak --seconds $(SECONDS) $(ARGS)

test-desk: setup-tests  ## run the tests of the desk's pages and API, in a browser too
	@$(BIN)/python -m pytest tests/desk tests/live tests/contract/web $(ARGS)

bench: setup  ## measure calls, transfers, hunts, memory, start; ROWS="calls idle" ARGS=--with-sippy
	@$(BIN)/python -m tests.bench.whole $(ROWS) $(ARGS)

bench-table: setup  ## write what make bench has measured last into README.md
	@$(BIN)/python -m tests.bench.table

flat: setup  ## see that nothing grows while calls go on for SECONDS=600
	@$(BIN)/python -m tests.bench.whole flat --seconds $(SECONDS) $(ARGS)

bench-threads: setup  ## measure how fast records are stored; RECORDS=1000000
	@$(BIN)/python -m tests.bench.threads $(RECORDS)

bench-desk: setup  ## measure how soon pages are there and changes on them; CONVERSATIONS=1000000
	@$(BIN)/python -m tests.bench.desk $(CONVERSATIONS)

bench-media: CONVERSATIONS = 10 20 50
bench-media: setup  ## measure what conversations cost, and packets lost; CONVERSATIONS="10 20 50"
	@$(BIN)/python -m tests.bench.media $(CONVERSATIONS) $(ARGS)

# Each tool has its say, also after another has found something.
check: setup-python  ## format, lint, types, layers, spelling: what a change must pass
	@failed=; \
	$(BIN)/ruff format --check --quiet --output-format concise . || failed+=" format (make format)"; \
	$(BIN)/ruff check --quiet --output-format concise . || failed+=" lint"; \
	$(BIN)/mypy --no-error-summary || failed+=" types"; \
	layers=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$layers"; failed+=" layers"; }; \
	$(BIN)/codespell || failed+=" spelling"; \
	if [ -n "$$failed" ]; then echo "not good yet:$$failed"; exit 1; fi

format: setup-python  ## put the code in form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

states: setup-python  ## draw STATES.md from the state machines
	@drawn=$$($(BIN)/python -m switch.call.states) && printf '%s\n' "$$drawn" >STATES.md

asyncapi: setup-python  ## write what asyncapi.yaml says of the bus, from the code
	@written=$$($(BIN)/python -m switch.desk.asyncapi) && \
	    printf '%s\n' "$$written" >switch/desk/web/static/asyncapi.yaml

coverage: setup  ## show what the tests of the pure part do not reach, line by line
	@$(BIN)/python -m pytest --cov --cov-report=html --cov-report=term \
	    $(addprefix tests/,$(patsubst switch/%,%,$(PURE))) $(ARGS)
	@echo "htmlcov/index.html"

setup:
	@./setup.sh

setup-tests:
	@./setup.sh tests

setup-python:
	@./setup.sh python
