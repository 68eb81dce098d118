# The whole product at home. `make` alone lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
APP := .venv/bin/python

.PHONY: help demo up down status logs model test fast check bench lock app dev

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: app ## install everything, start it, load the demo shop, print addresses and log-ins
	@$(APP) -m home demo

up: app ## start the home processes in the background (WITHOUT="model" leaves some out)
	@$(APP) -m home up

down: ## stop all of them
	@if [ -x $(APP) ]; then $(APP) -m home down; else echo "Nothing is installed, so nothing runs."; fi

status: app ## what runs, and what /readyz says
	@$(APP) -m home status

logs: app ## follow the logs (NAME=web for one of them)
	@$(APP) -m home logs --name "$(NAME)"

model: app ## install the model environment and the home model
	@$(APP) -m home model

test: dev model ## install what tests need and run them all (ARGS="tests/home -k port" for some)
	@$(APP) -m home.suite $(ARGS)

fast: dev ## the tests that need no service, in a few minutes (ARGS="-k inbox" for some)
	@$(APP) -m home.suite fast $(ARGS)

check: dev ## format, lint, types, import layers, migrations, deploy check, compose file, JavaScript
	@home/check.sh

bench: dev ## speed, side by side in one run (ARGS="--json FILE" writes the figures elsewhere)
	@$(APP) -m tests.benchmarks $(ARGS)

lock: dev ## write the lock files anew from the pins (UPGRADE=--upgrade moves the rest)
	@home/lock.sh

app:
	@$(PYTHON) -m home.install app

dev:
	@$(PYTHON) -m home.install dev
