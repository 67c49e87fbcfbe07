.DEFAULT_GOAL := help
.PHONY: help run test check format load faults lock

help:
	@echo "make run     the whole server, with demo data: open http://localhost:8000/demo/"
	@echo "make test    all tests, in a real browser too"
	@echo "make check   formatting, lint, types, import contracts, migrations, deploy checks"
	@echo "make load    messages at a given rate to a running server: URL, RATE (a second), SECONDS, CONVERSATIONS"
	@echo "make faults  kills, pauses and starves each part of a server under load; then bad networks: SECONDS, MESSAGES"
	@echo "make format  put the code into the agreed form"
	@echo "make lock    write the lock files from pyproject.toml"

run:
	@bin/environment run
	@exec .venv/bin/python -m config.run

test:
	@bin/environment dev
	@bin/browser
	@exec bin/test $(ARGS)

check:
	@bin/environment dev
	@exec bin/check

URL ?= http://localhost:$(or $(PORT),8000)
RATE ?= 100
SECONDS ?= 20
CONVERSATIONS ?= 100
load:
	@bin/environment dev
	@exec .venv/bin/python -m tests.load.messages --url $(URL) --rate $(RATE) --seconds $(SECONDS) --conversations $(CONVERSATIONS) $(ARGS)

MESSAGES ?= 500
faults:
	@bin/environment dev
	@bin/browser
	@.venv/bin/python -m tests.faults.under_load --json $(or $(DATA_DIR),.data)/load/faults.json
	@exec .venv/bin/python -m tests.faults.networks --messages $(MESSAGES) --seconds $(if $(filter file,$(origin SECONDS)),300,$(SECONDS)) $(ARGS)

format:
	@bin/environment dev
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

lock:
	@bin/environment dev
	@exec bin/lock
