.DEFAULT_GOAL := help
.PHONY: help sync format format-check lint typecheck flows test check emulator bench soak pictures lock-check

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

sync: ## Install everything into .venv
	uv sync

format: ## Format the code and sort its imports
	uv run ruff format
	uv run ruff check --select I --fix

format-check: ## Fail if `make format` would change anything
	uv run ruff format --check

lint: ## Look for mistakes
	uv run ruff check

typecheck: ## Check the types
	uv run mypy

flows: ## Check every Studio template, without a network
	uv run agent flows validate

test: ## Run the tests
	uv run pytest

check: format-check lint typecheck flows test ## All checks: format, lint, types, flows, tests

emulator: ## Run emulator, demo model and agent until Ctrl+C
	uv run python getting_started/examples/features/handoff.py

bench: ## Measure speed and cost beside plain TAC (some minutes; --quick takes one)
	uv run python benchmarks/speed.py

soak: ## Soak the handoff under random faults, and print what durability costs
	uv run python benchmarks/handoff_soak.py --handoffs 300 --seed 1

pictures: ## Take the pictures of the documents anew, in Chromium
	uv run python -m tests.pictures

lock-check: ## Resolve twice from nothing; fail unless both give the same versions and hashes
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	resolve="uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --quiet" && \
	$$resolve --no-cache --output-file "$$folder/first.txt" >/dev/null && \
	$$resolve --no-cache --output-file "$$folder/second.txt" >/dev/null && \
	diff "$$folder/first.txt" "$$folder/second.txt" && \
	echo "Both resolutions agree: $$(grep -c == "$$folder/first.txt") packages"
