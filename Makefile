# make run   sets everything up and runs Sigap 112 on embedded defaults
# make demo  the same with invented citizens (SPEED=6 a minute)
# make test  sets everything up and passes every test
# Nothing is done twice: each step leaves a stamp in .venv.

PYTHON ?= python3
SPEED ?= 6
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check -q
STAFF_APP := $(shell find handoff/console/app -type f -not -path '*/node_modules/*' -not -path '*/test/*' 2>/dev/null)

.PHONY: run demo test check-code bench faults lock clean

run: $(VENV)/.package
	$(BIN)/sigap run

demo: $(VENV)/.package
	$(BIN)/sigap demo --speed $(SPEED)

test: $(VENV)/.package $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m handoff.console.build_hook --tests
	$(BIN)/python -m tests.understanders
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

# Kill a process in mid-load at 50 random moments, on each database; `make test` does a sample of 3 and 2.
faults: $(VENV)/.package $(VENV)/.test
	$(BIN)/python -m benchmarks.faults --kills 50 --database sqlite
	$(BIN)/python -m benchmarks.faults --kills 50 --database postgres

bench: $(VENV)/.package $(VENV)/.test
	$(BIN)/python -m benchmarks.whole_path
	$(BIN)/python -m benchmarks.many_processes
	$(BIN)/python -m benchmarks.overload
	$(BIN)/python -m benchmarks.push

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || (echo "Python 3.11 or newer is needed: make run PYTHON=python3.12" >&2; exit 1)
	$(PYTHON) -m venv $(VENV) || (echo "Python's venv module is missing: apt install python3-venv" >&2; exit 1)

$(VENV)/.run: requirements.lock | $(VENV)/bin/python
	@echo "Installing packages (once, about two minutes) ..."
	$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.run
	@echo "Installing test tools (once) ..."
	$(PIP) install --require-hashes -r requirements-test.lock
	@touch $@

# The build hook bundles the staff app; it needs no Node on the machine.
$(VENV)/.package: pyproject.toml $(STAFF_APP) handoff/console/build_hook.py $(VENV)/.run
	@echo "Building the staff app ..."
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# After a change of pyproject's dependencies: needs uv.
lock:
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra test --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements-test.lock

clean:
	rm -rf $(VENV) handoff/console/static handoff/console/app/node_modules
