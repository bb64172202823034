# The same names for people and for CI: `make run` serves, `make test` tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-stamp
WORKERS ?= 3
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

# What becomes of tests whose tools are missing; in a complete run they fail.
MISSED = $(if $(filter 1,$(ORDERFOLIO_TESTS_COMPLETE)),needed and fail,left out)

.PHONY: setup run test test-durability test-durability-postgres test-interleavings check bench \
	bench-full screenshots isolation-timing fuzz sbom audit soak simulate format lock clean

setup: $(STAMP)

$(STAMP): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("orderfolio needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 2; }
	$(PIP) --require-hashes --requirement requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

run: setup
	@exec $(BIN)/orderfolio serve

test: setup
	@command -v curl >/dev/null 2>&1 && command -v bash >/dev/null 2>&1 || \
		echo "Without curl and bash: the README's and the guide's commands are $(MISSED)."
	@command -v openssl >/dev/null 2>&1 || \
		echo "Without openssl: that a second handshake is refused is $(MISSED)."
	@command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || \
		echo "Without node and npm: the TypeScript client is $(MISSED)."
	@command -v chromium >/dev/null 2>&1 || \
		echo "Without chromium: the console in a browser is $(MISSED)."
	@$(BIN)/python -m tests.clusters.binaries >/dev/null 2>&1 || \
		echo "Without PostgreSQL 15 or later (Debian: postgresql-15): what runs on it is $(MISSED)."
	@command -v patroni >/dev/null 2>&1 && command -v etcd >/dev/null 2>&1 || \
		echo "Without patroni and etcd (Debian: etcd-server): the loss of a leader is $(MISSED)."
	@PATH="$$PATH:/usr/sbin" command -v pgbouncer >/dev/null 2>&1 || \
		echo "Without pgbouncer: that poolers are refused is $(MISSED)."
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# The model's test for as long as it takes, on ENGINE (sqlite, postgres) or on both; another SEED
# makes up other requests.
SEED ?= 0
soak: setup
	$(BIN)/python -m pytest tests/model_based $(if $(ENGINE),-k $(ENGINE)) \
		--hypothesis-profile=soak --hypothesis-seed=$(SEED)

# Rounds of the store's simulation: SEEDS of them from SEED on, or the one of SEED alone.
SEEDS ?= $(if $(filter command environment,$(origin SEED)),1,1000)
simulate: setup
	@$(BIN)/python -m tests.simulation --first $(SEED) --seeds $(SEEDS) --workers $(WORKERS)

# Shows its figures; docs/durability.md says how to have more of them.
test-durability: setup
	$(BIN)/python -m pytest -rP -k survives tests/store/test_durability.py

# Kills servers and PostgreSQL at other moments with another SEED.
ROUNDS ?= 3
test-durability-postgres: setup
	ORDERFOLIO_TESTS_ROUNDS=$(ROUNDS) ORDERFOLIO_TESTS_SEED=$(SEED) \
		$(BIN)/python -m pytest -rP -k survives tests/faults/test_oracle.py

# Every two operations that can be done at once; the suite takes those that share the most.
test-interleavings: setup
	ORDERFOLIO_TESTS_INTERLEAVINGS=all $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal \
		tests/interleavings

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Needs wrk, and PostgreSQL for its rows; BENCH gives it options, such as BENCH="--rows get".
bench: setup
	$(BIN)/python -m bench $(BENCH)

# Takes three hours, of which two of load, and 50 GB of disk.
bench-full: setup
	$(BIN)/python -m bench --orders 10000000 --load-minutes 60 $(BENCH)

# Needs chromium; what it makes is committed, and looked at before.
screenshots: setup
	$(BIN)/python -m screenshots

# What the program is made of, as CycloneDX.
sbom: setup
	@mkdir -p build
	$(BIN)/python -m requirements.bill > build/orderfolio.cdx.json
	@echo build/orderfolio.cdx.json

# Known vulnerabilities in what is locked; AUDIT=--if-reachable makes do with a word where nobody
# who knows of them can be asked.
audit: setup
	$(PIP) --require-hashes --requirement requirements/audit.txt
	@$(BIN)/python -m requirements.audit $(AUDIT)

# Coverage-guided, for so many seconds a target; FUZZ="bodies heads" names some of them.
SECONDS ?= 60
fuzz: setup
	$(PIP) --require-hashes --requirement requirements/fuzz.txt
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(FUZZ)

# Whether time tells another organisation's refs from nobody's; ISOLATION="--database URL" asks elsewhere.
isolation-timing: setup
	$(BIN)/python -m bench.isolation $(ISOLATION)

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Pins every dependency with its hashes, for every platform and Python 3.11 or later.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url pyproject.toml

lock: setup
	$(LOCK) --upgrade --output-file requirements/runtime.txt
	$(LOCK) --upgrade --constraint requirements/runtime.txt --extra telemetry \
		--output-file requirements/telemetry.txt
	$(LOCK) --upgrade --constraint requirements/telemetry.txt --extra telemetry --group dev \
		--output-file requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --upgrade --group fuzz --output-file requirements/fuzz.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --upgrade --group audit \
		--constraint requirements/dev.txt --output-file requirements/audit.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
