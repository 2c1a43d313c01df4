# `make demo` and `make test` need nothing before them: each sets up what it uses, and does so once.

PYTEST := .venv/bin/python -m pytest
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check examples conformance bench spark-test docs-check format lock clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## the main job on an example book: aging, report and letters under out/
	@tools/setup demo
	@.venv/bin/tagih demo

test: ## the tests, and every example in the docs
	@tools/setup dev
	@$(PYTEST) -n $(JOBS) --dist loadfile $(ARGS)

test-all: ## the same with the heavy ones, which take minutes
	@tools/setup dev
	@$(PYTEST) -n $(JOBS) --dist loadfile --heavy $(ARGS)

check: ## ruff, mypy --strict, and the order of the layers
	@tools/setup dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	@$(PYTEST) tests/test_layers.py tests/test_imports.py

examples: ## every script in examples/, as a user would run it
	@tools/setup dev
	@set -e; for script in examples/*.py; do \
	    [ -e "$$script" ] || { echo "examples/ holds no script yet"; break; }; \
	    echo "== $$script"; .venv/bin/python "$$script"; \
	done

conformance: ## published cases; CASES=DIR runs other files of the format, JSON=FILE keeps the results
	@tools/setup dev
	@.venv/bin/python -m tests.conformance.run $(if $(CASES),--cases "$(CASES)") $(if $(JSON),--json "$(JSON)")

bench: ## time beside a named peer, in the same run; JSON=FILE keeps the figures
	@tools/setup bench
	@.venv/bin/python benchmarks/run.py $(if $(JSON),--json "$(JSON)") $(ARGS)

spark-test: ## a portfolio on a local Spark, in an environment of its own; needs Java 17 or later
	@tools/spark
	@PATH="$(CURDIR)/.venv-spark/bin:$$PATH" .venv-spark/bin/python -m pytest tests/test_spark.py
	@.venv-spark/bin/python benchmarks/spark.py

docs-check: ## run only the examples in the docs
	@tools/setup dev
	@$(PYTEST) README.md docs tests/test_docs.py

format: ## let ruff mend and format
	@tools/setup dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lock: ## pin the newest versions that pyproject.toml allows (needs uv)
	@tools/lock

clean: ## remove what the commands made
	rm -rf out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove the virtual environment too
	rm -rf .venv .venv-spark
