# `make demo` and `make test` need Python 3.11 or newer and nothing else: each target makes its own
# environment from the pinned requirements beside .ci/run. PYTHON=python3.12 chooses another interpreter.
PYTHON ?= python3
RUN := .venv/run
DEV := .venv/dev

.DEFAULT_GOAL := help
.PHONY: help demo demo-harness test fuzz figures bench bench-send screenshots lint fix docs lock clean

help: ## what there is to make
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: $(RUN)/.ready ## send 17,500 records to an emulated TikTok and compare both books
	$(RUN)/bin/python -m sample_configs.demo

demo-harness: $(RUN)/.ready ## an emulated TikTok and a host platform, to click through in the browser
	$(RUN)/bin/python -m sample_configs.demo_harness

test: $(DEV)/.ready ## run every test
	@bash .ci/browser
	$(DEV)/bin/pytest -n 2

fuzz: $(DEV)/.ready ## mutate a million records, a million answers, 50,000 configurations, 20,000 inputs (5 to 10 minutes)
	$(DEV)/bin/python -m tests.fuzz

figures: $(DEV)/.ready ## measure what docs/reliability.md promises: nothing lost, nothing doubled (15 to 20 minutes)
	$(DEV)/bin/python -m tests.figures

bench: $(RUN)/.ready ## what mapping costs, against the floor, a mapper by hand, and the interpreter (1 to 3 minutes)
	$(RUN)/bin/python -m benchmarks

bench-send: $(RUN)/.ready ## a million records to a sink on this machine, three times: events a second, CPU by stage, memory
	$(RUN)/bin/python -m benchmarks.send

screenshots: $(DEV)/.ready ## picture every page on phone and laptop, light and dark, into screenshots/
	@bash .ci/browser
	$(DEV)/bin/python -m tests.browser.screenshots

lint: $(DEV)/.ready ## ruff, mypy --strict and the import contracts
	$(DEV)/bin/ruff check .
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/mypy
	$(DEV)/bin/lint-imports

fix: $(DEV)/.ready ## let ruff mend what it can
	$(DEV)/bin/ruff check --fix .
	$(DEV)/bin/ruff format .

docs: $(DEV)/.ready ## write the generated tables in docs/ again
	$(DEV)/bin/python docs/generate.py

lock: ## pin the newest compatible versions again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra build pyproject.toml -o .ci/requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra dev -c .ci/requirements.txt pyproject.toml -o .ci/requirements-dev.txt

clean: ## remove the environments and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
	  benchmarks/.cache benchmarks/.results tests/figures/.results

$(RUN)/.ready: .ci/requirements.txt .ci/environment pyproject.toml
	bash .ci/environment $(PYTHON) $(RUN) .ci/requirements.txt

$(DEV)/.ready: .ci/requirements-dev.txt .ci/environment pyproject.toml
	bash .ci/environment $(PYTHON) $(DEV) .ci/requirements-dev.txt
