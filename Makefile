# The two commands of the README: `make run` and `make test`. Each makes .venv from the lock file first.
PYTHON ?= python3.11
BIN := .venv/bin
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif

.PHONY: run test fast lint lock golden clean

run: .venv/ready
	$(BIN)/urbsim run

test: .venv/ready lint
	$(BIN)/python -m pytest -n auto

fast: .venv/ready
	$(BIN)/python -m pytest -n auto -m "not slow"

lint: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python tools/participles.py --limit 1

# Rewrites the golden results after a change that is meant to move them; look at the difference before you commit.
golden: .venv/ready
	$(BIN)/python -m pytest tests/test_golden.py --golden-rewrite

# Needs uv; the lock names no registry, so it installs from whichever one pip is set up for.
lock:
	uv pip compile pyproject.toml --extra simlin --group test --group lint --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -o requirements.lock

.venv/ready: requirements.lock pyproject.toml
	$(shell command -v $(PYTHON) || command -v python3 || command -v python) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch .venv/ready

clean:
	rm -rf .venv outputs/*/
