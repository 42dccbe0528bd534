# `make run` and `make test` need Python 3.11 or newer and nothing else; the rest is installed into .venv.

PYTHON ?=
HOST ?= 127.0.0.1
PORT ?= 8000
ARGS ?=
# More than two cores have use for: the suite often waits for browsers and other processes. Tests are handed out two at
# a time, or one worker would be left with all of the slow ones.
WORKERS ?= 3

python = .venv/bin/python
pytest = $(python) -m pytest -n $(WORKERS) --maxschedchunk 2 -rs

# A stamp bears the checksum of its lock: while the lock stays as it is, pip is not even started. The command specflow is
# installed as it stands in clients/python, by what the lock has brought, so that nothing is fetched for it.
checksum = $(shell cat $(1) clients/python/pyproject.toml | cksum | tr -d ' ')
runtime := .venv/.runtime-$(call checksum,requirements.txt)
develop := .venv/.develop-$(call checksum,requirements-dev.txt)
pip = $(python) -m pip install --disable-pip-version-check --quiet
install = rm -f .venv/.runtime-* .venv/.develop-* && $(pip) --require-hashes -r
client = $(pip) --no-index --no-deps --no-build-isolation --editable clients/python

# Settings for the checks: as in production, and away from anybody's data.
production = env -u DATABASE_URL -u REDIS_URL -u SPECFLOW_CONFIG DEBUG=0 ALLOWED_HOSTS=specflow.example \
	SPECFLOW_URL=https://specflow.example \
	SPECFLOW_HOME="$(CURDIR)/.venv/check" \
	SECRET_KEY="$$($(python) -c 'import secrets; print(secrets.token_urlsafe(64))')"

TEXTS = --ignore tests/specs/formats --ignore tests/specs/changes

.PHONY: run test check bench soak screenshots lock clean format lint types floors migrations deploy locks

run: $(runtime)
	@exec $(python) manage.py serve --host "$(HOST)" --port "$(PORT)" $(ARGS)

# The suite on both stacks. Tests that start the whole product choose their own stack and run once, and so do those of
# texts alone, which no database sees.
test: $(develop)
	@$(python) -m tests.chromium
	SPECFLOW_TEST_DB=sqlite $(pytest) -m "not soak" --expect sqlite --expect e2e --expect browser $(ARGS)
	SPECFLOW_TEST_DB=postgres $(pytest) -m "not soak and not e2e and not browser" --expect postgres $(TEXTS) $(ARGS)

check: format lint types floors migrations deploy locks

format: $(develop)
	$(python) -m ruff format --check .

lint: $(develop)
	$(python) -m ruff check .

types: $(develop)
	@echo mypy && $(production) $(python) -m mypy

floors: $(develop)
	$(python) .venv/bin/lint-imports --no-cache

migrations: $(develop)
	@echo makemigrations --check && $(production) $(python) manage.py makemigrations --check --dry-run

deploy: $(develop)
	@echo check --deploy && $(production) $(python) manage.py check --deploy --fail-level WARNING

locks:
	@if grep -nE '://|--(extra-)?index-url|--find-links|--trusted-host' requirements.txt requirements-dev.txt; \
	then echo "A lock names a package host: make lock writes it without." >&2; exit 1; fi

bench: $(develop)
	$(python) -m benchmarks $(ARGS)

soak: $(develop)
	$(python) -m pytest -m soak $(ARGS)

# The pictures of the README, from the product at work.
screenshots: $(develop)
	@$(python) -m tests.chromium
	$(python) -m docs.screenshots

# After a change of the dependencies in pyproject.toml. ARGS=--upgrade takes the newest of everything.
lock: | $(python)
	@$(python) -m uv --version >/dev/null 2>&1 || $(python) -m pip install --quiet uv
	$(compile) --output-file requirements.txt
	$(compile) --group pyproject.toml:dev --constraint requirements.txt --output-file requirements-dev.txt
compile = $(python) -m uv pip compile pyproject.toml clients/python/pyproject.toml --quiet --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

# The data folder .specflow/ stays.
clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(runtime): | $(python)
	@echo "Installing SpecFlow's dependencies into .venv ..."
	@$(install) requirements.txt
	@$(client)
	@touch $@

# The lock for development holds the other one, so its stamp stands for both.
$(develop): | $(python)
	@echo "Installing SpecFlow's dependencies and test tools into .venv ..."
	@$(install) requirements-dev.txt
	@$(client)
	@touch $(runtime) $@

$(python):
	@PYTHON="$(PYTHON)" sh .ci/make-venv
