# `make help` lists what one can do. Every target makes the environment it needs first, and only once.
# Choose the Python with PYTHON, e.g. `make test PYTHON=python3.13`; `make clean` before changing it.

PYTHON ?= python3

VENV := .venv
BIN := $(VENV)/bin
# Written last: where it is missing, the set-up was never done or broke off, and starts anew.
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help report test lab golden interface mutants notebooks core bench check docs changelog setup lock clean

help: ## list the targets (this)
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F '|' '{ printf "make %-10s %s\n", $$1, $$2 }'

report: $(READY) ## write the report of every shipped scenario in Chinese (English: ARGS="--lang en"), and say where the index is
	@$(BIN)/planmodel report --lang zh $(ARGS)

test: $(READY) ## run the whole test suite, notebooks included
	$(BIN)/python -m pytest

lab: $(READY) ## open the notebooks in JupyterLab (in a container, as root: make lab ARGS=--allow-root)
	@$(BIN)/planmodel lab $(ARGS)

golden: $(READY) ## compare what the shipped scenarios say with tests/golden; ARGS=--write stores it anew
	$(BIN)/python tests/golden_tables.py $(ARGS)

interface: $(READY) ## store the public interface and the reference of result columns again; a break needs its fragment
	$(BIN)/python tests/refresh_interface.py

mutants: $(READY) ## change the code in 300 places, one at a time, and see whether the tests notice (up to an hour)
	$(BIN)/python tests/mutants.py $(ARGS)

notebooks: $(READY) ## run the notebooks again and store their outputs, and the picture of the README
	$(BIN)/python tests/refresh_notebooks.py
	$(BIN)/python tests/refresh_picture.py

core: $(READY) ## compare the core's answers at the versions that Pyodide ships; NEWER names a Python of 3.12 or newer
	$(BIN)/python tests/core_versions.py $(NEWER)

bench: $(READY) ## run the benchmarks, one after another
	@set -e; for script in tests/benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

check: $(READY) ## lint, formatting, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: $(READY) ## build the reference into build/docs; a warning is an error
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs build/docs
	@echo build/docs/index.html

changelog: $(READY) ## show what the next release says: the fragments in changelog.d, put together
	@$(BIN)/towncrier build --draft --date unreleased 2>/dev/null

setup: $(READY) ## make .venv, from the lock (done by every other target, too)

lock: ## resolve requirements.lock again: the newest versions that pyproject.toml allows (needs uv)
	uv lock --upgrade
	uv export --quiet --all-groups --all-extras --no-emit-project --no-header --no-annotate \
		--format requirements.txt --output-file requirements.lock

clean: ## remove .venv and all caches; reports stay
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find planmodel tests notebooks -name __pycache__ -prune -exec rm -rf {} +

# pip compiles to bytecode and uv has to be told to: without it each kernel would compile pandas again
# wherever PYTHONDONTWRITEBYTECODE is set.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'planmodel needs Python 3.11 or newer; name one, for instance: make PYTHON=python3.13' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || command -v uv >/dev/null || { \
		echo 'This Python cannot make an environment; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@echo 'Setting up $(VENV) (once, a minute or two) ...' >&2
	@test -f $@ || rm -rf $(VENV)
	@rm -f $@
	@if command -v uv >/dev/null; then $(MAKE) --no-print-directory .install-uv; \
		else $(MAKE) --no-print-directory .install-pip; fi
	@$(BIN)/python -m compileall -q planmodel
	@touch $@

.PHONY: .install-uv .install-pip
.install-uv:
	@test -d $(VENV) || uv venv --quiet --no-python-downloads --python "$$(command -v $(PYTHON))" $(VENV)
	@uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock
	@uv pip install --quiet --compile-bytecode --no-deps --no-build-isolation --python $(BIN)/python --editable .

.install-pip:
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
