# Every recipe with a `##` is listed by `make help`.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
UV ?= uv
# Tests mostly wait for the engine: a few in parallel keep both cores of a small machine busy.
# Neighbouring tests stay together, as they share a pool; an idle worker takes half of another's.
PYTEST_ARGUMENTS ?= -n 4 --dist worksteal
BENCH_ARGUMENTS ?= --instances 50 --rounds 5 --publish
SOAK_ARGUMENTS ?= --operations 500 --minutes 60

# The reference instance's image, for the demo and the tests.
export MULTI_INSTANCE_REFERENCE_IMAGE ?= multi-instance-reference:latest

# Where the demo's containers listen; above the usual ports, to be in nobody's way.
export DEMO_API_PORT ?= 22048
export DEMO_STREAM_PORT ?= 23120

##@ To try it

.PHONY: help
help: ## List the recipes
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup engine reference-image ## Launch three sample profiles, each in its own container
	@demo/run.sh

.PHONY: demo-down
demo-down: ## Remove everything that the demo created
	@demo/down.sh

##@ To work on it

.PHONY: setup
setup: $(STAMP) ## Create .venv from the hash-pinned requirements
$(STAMP): requirements/development.txt requirements/build.txt pyproject.toml scripts/make-venv.sh
	@scripts/make-venv.sh $(VENV)
	@touch $@

.PHONY: test
test: setup ## Run all tests, including those on a real engine
	@$(MAKE) -j2 --output-sync lint surroundings
	@scripts/ensure-podman.sh --tidy
	$(BIN)/pytest $(PYTEST_ARGUMENTS)
	@$(MAKE) test-podman

# One after the other: two installations at once would be in each other's way.
.PHONY: surroundings
surroundings: reference-image
	@scripts/ensure-test-tools.sh

.PHONY: test-podman
test-podman: setup engine ## Run the tests that an engine can change against a Podman of their own
	@scripts/ensure-podman.sh
	@export DOCKER_HOST=$$(scripts/ensure-podman.sh --socket) MULTI_INSTANCE_TEST_ENGINE=podman; \
	  reference-instance/build.sh "$(MULTI_INSTANCE_REFERENCE_IMAGE)"; \
	  $(BIN)/pytest $(PYTEST_ARGUMENTS) -m podman tests/e2e
	@scripts/ensure-podman.sh --stop

.PHONY: soak
soak: setup engine reference-image ## Run 500 random operations on a pool, and check it after each
	$(BIN)/python soak/churn.py $(SOAK_ARGUMENTS)

.PHONY: bench
bench: setup engine reference-image bench-tools ## Measure side by side with the alternatives (40 minutes)
	$(BIN)/python -m bench $(BENCH_ARGUMENTS)

.PHONY: bench-quick
bench-quick: setup engine reference-image bench-tools ## The same with fewer instances and rounds (5 minutes)
	$(BIN)/python -m bench --instances 10 --rounds 2 --follow-minutes 0.3 \
	  --results bench/results-quick.json

.PHONY: bench-tools
bench-tools:
	@scripts/ensure-packages.sh docker-compose lsof

.PHONY: test-unit
test-unit: setup ## Run the tests that need no engine
	$(BIN)/pytest tests/unit $(PYTEST_ARGUMENTS)

.PHONY: lint
lint: setup ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: setup ## Format the code and apply safe fixes
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: engine
engine: ## Start a Docker Engine if none answers (on Debian: also install it)
	@scripts/ensure-engine.sh

.PHONY: test-tools
test-tools: ## Install programs that only the tests need (on Debian)
	@scripts/ensure-test-tools.sh

.PHONY: reference-image
reference-image: engine ## Build the reference instance's image, unless it is built
	@reference-instance/build.sh "$(MULTI_INSTANCE_REFERENCE_IMAGE)"

.PHONY: docs
docs: setup ## Generate the reference, man pages, schemas and README tables from the code
	$(BIN)/python scripts/write_reference.py
	$(BIN)/python scripts/write_schemas.py

.PHONY: pictures
pictures: setup engine reference-image ## Draw the README's pictures from the real commands, on a scratch pool
	$(BIN)/python scripts/draw_screenshots.py

.PHONY: lock
lock: ## Update the requirements and their hashes (needs uv)
	@scripts/lock-requirements.sh $(UV)

.PHONY: wheel
wheel: setup ## Build the wheel into dist/
	$(BIN)/hatchling build -t wheel

.PHONY: clean
clean: ## Remove what the recipes created here, including .venv
	@rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* test-artifacts
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
