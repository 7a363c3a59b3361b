# The two commands of the README.
CARGO ?= cargo

.PHONY: demo test ci
demo: ## a month of bills, from a file to an accepted answer, against a sandbox in the same process
	@scripts/system-packages build
	$(CARGO) run --locked --bin gkh -- demo

test: ## every test; those whose referee is not installed say so
	@scripts/system-packages test
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
	    $(CARGO) nextest run --locked --workspace --no-fail-fast; \
	else \
	    $(CARGO) test --locked --workspace --lib --bins --tests --examples --no-fail-fast; \
	fi
	$(CARGO) test --locked --workspace --doc

ci: ## everything that must hold before a change lands
	.ci/run
