# One word a job; `make help` lists them. Only Python 3.11 or newer and make are needed to begin.
PYTHON ?= python3
PORT ?= 8000
DATABASE ?= sqlite
NAME ?= events
ARGS ?=
VENV := .venv/bin
export PORT

.DEFAULT_GOAL := help
.PHONY: help demo test check format stack smoke bench requirements install install-demo python clean

help: ## List the jobs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: install-demo ## Start the whole site with sample data (PORT=8000); Ctrl-C stops it
	@$(VENV)/python -m deploy.demo

test: install ## Run every test on its own MariaDB and Redis (ARGS="path -k name" for some of them)
	@$(VENV)/python -m deploy.testing $(ARGS)

check: install ## Lint, types, import contracts, templates, migrations, deployment settings
	@$(VENV)/python -m deploy.checks

format: install ## Put Python files into shape
	@$(VENV)/ruff check --fix --quiet . ; $(VENV)/ruff format --quiet .

stack: install ## Start a production-like set on MariaDB and print its addresses; Ctrl-C stops it
	@$(VENV)/python -m deploy.stack $(ARGS)

smoke: install ## Buy and scan a ticket on an empty database over HTTP (DATABASE=sqlite or mysql)
	@$(VENV)/python -m deploy.smoke --database $(DATABASE)

bench: install ## Measure against a bare Django view (NAME=events, event, hold, flow, contention, checkin, confirm, cancel-event, publish, seatmap, best-available, queue-join, queue-status, queue-million)
	@$(VENV)/python -m bench $(NAME)

requirements: install ## Compile requirements/*.in into pinned sets
	@for name in base production demo dev; do \
		$(VENV)/uv pip compile --universal --python-version 3.11 --quiet --no-emit-index-url --no-emit-find-links \
			--custom-compile-command "make requirements" requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

install: python
	@$(PYTHON) deploy/bootstrap.py check
	@$(PYTHON) deploy/system_packages.py
	@$(PYTHON) deploy/bootstrap.py dev

install-demo: python
	@$(PYTHON) deploy/bootstrap.py demo

python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON)." >&2; exit 1; }

clean: ## Remove what was installed and made (not the demo's data)
	@rm -rf .venv node_modules .cache staticfiles .mypy_cache .ruff_cache .pytest_cache .coverage
