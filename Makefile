# `make run` and `make test` do their own set-up: Python 3.11+, make and a package index are all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Integration tests mostly wait for servers, so that more of them than there are cores run at once, one file's in order.
SIDE_BY_SIDE := -n 4 --dist loadfile --no-loadscope-reorder
# The tests that feed octets from outside to a reader of ours: SMTP dialogue, and every reader of tests/hostile/readers.py.
FUZZED := tests/integration/test_receiver_hardening.py::test_no_dialogue_brings_it_down \
	tests/integration/test_receiver_hardening.py::test_any_octets_survive tests/property/test_readers.py \
	tests/property/test_receiver_properties.py tests/property/test_explain_properties.py \
	tests/property/test_probe_and_trace_properties.py tests/property/test_dns_wire.py tests/property/test_spf_totality.py \
	tests/property/test_config_totality.py tests/property/test_codec.py tests/property/test_dkim_properties.py

MINUTES ?= 10
MESSAGES ?= 100000

.PHONY: help run test fuzz torment delivered check format screenshots catalogues bench dist deb lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Staysub needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@echo "Setting up the environment in $(VENV): this once, about half a minute …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 --require-hashes -r requirements/dev.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(READY)  ## the whole product in the foreground: your staysub.toml, else the demonstration
	@$(BIN)/staysub run

test: $(READY)  ## all tests; those whose servers are missing here are skipped with the reason
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(TESTFLAGS)

fuzz: $(READY)  ## whatever octets: every reader of what comes from outside, FUZZ=3000 examples each
	$(BIN)/python -m pytest -q -n 4 --hypothesis-profile fuzz --timeout 600 $(FUZZED)

torment: $(READY)  ## the real parts for MINUTES=10 while all around them fails by turns (SEED=… again): what was lost, double, accused
	@$(BIN)/python -m tests.torment --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(if $(WITHOUT),--without $(WITHOUT))

delivered: $(READY)  ## MESSAGES=100000 through a real Postfix: what its log is read to tell, beside what receivers counted
	@$(BIN)/python -m tests.delivered --messages $(MESSAGES) $(if $(SEED),--seed $(SEED))

check: $(READY)  ## format, lint, types, import contract, unit tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/unit tests/property

format: $(READY)  ## format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: $(READY)  ## the pictures in docs/, anew from the demonstration; look at them before you commit (needs pngquant)
	STAYSUB_RENEW_PICTURES=1 $(BIN)/python -m pytest -q tests/browser/test_pictures.py

catalogues: $(READY)  ## the languages' catalogues brought up to date with what the program says
	@$(BIN)/python -m monitor.tongue.messages

bench: $(READY)  ## measure, beside named peers in the same run
	$(BIN)/python -m bench $(BENCH)

dist: $(READY)  ## sdist and wheel in dist/: the same files give the same octets
	@$(BIN)/python deploy/packages/dist.py

deb: $(READY)  ## a Debian package in dist/, for the Python of this Debian
	@$(BIN)/python deploy/packages/deb.py

lock: $(READY)  ## renew the lock files: versions and hashes, no hosts
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-options --no-header -o requirements/run.txt pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-options --no-header --extra dev -o requirements/dev.txt pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-options --no-header -o requirements/mailman.txt requirements/mailman.in

clean:  ## remove what was built; the demonstration's and your data stay
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
