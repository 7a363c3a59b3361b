# The two commands of the README.
CARGO ?= cargo

.PHONY: demo test ci
demo: ## a month of bills, from a file to an accepted answer, against a sandbox in the same process
	@scripts/system-packages build
	$(CARGO) run --locked --bin gkh -- demo

test: ## every test; those without a referee are counted at the end
	@scripts/system-packages test
	@scripts/test
	$(CARGO) test --locked --workspace --doc

ci: ## everything that must hold before a change lands
	.ci/run
