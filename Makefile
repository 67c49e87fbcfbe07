.DEFAULT_GOAL := help
.PHONY: help run test check format lock

help:
	@echo "make run     the whole server, with demo data: open http://localhost:8000/demo/"
	@echo "make test    all tests, in a real browser too"
	@echo "make check   formatting, lint, types, import contracts, migrations, deploy checks"
	@echo "make format  put the code into the agreed form"
	@echo "make lock    write the lock files from pyproject.toml"

run:
	@bin/environment run
	@exec .venv/bin/python -m config.run

test:
	@bin/environment dev
	@bin/browser
	@exec .venv/bin/pytest $(ARGS)

check:
	@bin/environment dev
	@exec bin/check

format:
	@bin/environment dev
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

lock:
	@bin/environment dev
	@exec bin/lock
