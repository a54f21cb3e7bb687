# One command for each habit; .ci/run calls the same.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: help install demo test slow check bench clean lock

help:
	@echo "make demo    make subtitles for a sample film, in a stand-in Jellyfin, with real models"
	@echo "make test    the tests (under 10 minutes)"
	@echo "make slow    the tests with real models on real audio"
	@echo "make check   format, lint, types, layers"
	@echo "make bench   measure; prints ratios of one run"
	@echo "make lock    pin the dependencies again"
	@echo "make clean   forget the demo and every build product"

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(STAMP)

install: $(STAMP)

demo: install
	$(BIN)/subtide demo --state .demo

test: install
	$(BIN)/python -m pytest

slow: install
	$(BIN)/python -m pytest -m slow

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python -m bench

lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra postgresql -o requirements/run.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra demo --extra postgresql --group dev -o requirements/dev.txt pyproject.toml
	echo hatchling | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --constraint requirements/dev.txt -o requirements/build.txt -
	echo nvidia-cublas-cu12 | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header -o requirements/cuda.txt -

clean:
	rm -rf .demo $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
