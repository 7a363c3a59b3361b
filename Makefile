# The two commands of the README.
CARGO ?= cargo

.PHONY: demo test ci torture torture-short
demo: ## a month of bills, from a file to an accepted answer, against a sandbox in the same process. GOST_TLS=1: over GOST TLS through nginx; JSON=1: for programs
	@scripts/system-packages $(if $(GOST_TLS),test,build)
	$(CARGO) run --locked --bin gkh -- demo $(if $(GOST_TLS),--gost-tls) $(if $(JSON),--json)

test: ## every test; those without a referee are counted at the end
	@scripts/system-packages test
	@scripts/test
	$(CARGO) test --locked --workspace --doc

ci: ## everything that must hold before a change lands
	.ci/run

SEED ?= 1

torture-short: ## kills, cuts, failures and power losses, and the books compared; minutes. SEED=n for others
	@scripts/system-packages test
	$(CARGO) run --locked -p gis-gkh-torture -- run --store both --seed $(SEED) --runs 2 --messages 400 --kills 32 \
	    --at-least 5 --at-least-kills 60
	$(CARGO) run --locked -p gis-gkh-torture -- power --seed $(SEED) --runs 2 --crashes 60 --at-least-crashes 120

torture: ## the same at length: 100 000 messages and 500 kills on each store; hours
	@scripts/system-packages test
	$(CARGO) run --locked --release -p gis-gkh-torture -- run --store both --seed $(SEED) --runs 25 --messages 4000 --kills 21 \
	    --at-least 5 --at-least-kills 500
	$(CARGO) run --locked --release -p gis-gkh-torture -- power --seed $(SEED) --runs 12 --crashes 400 --at-least-crashes 4800
