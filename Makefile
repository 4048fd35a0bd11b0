# Everything a developer types. `make` alone lists it. Needs Go and make; what else a machine lacks is left out with one
# line, and with CI=true that is a failure.

GO       ?= go
FUZZTIME ?= 50000x

GENERATED := graph/internal/gql
LINTER    := bin/golangci-lint
AUDITS    := test/audit/node_modules/.package-lock.json
CLIENTS   := test/clients/node_modules/.package-lock.json
PROVIDER  := test/oidc/node_modules/.package-lock.json
SECANTUS  := .venv/secantus/.installed

# $(call lacking,WHAT,THING LEFT OUT) is a shell command: it says so, and fails in CI.
lacking = { echo "make $@: no $(1), so without $(2)"; [ "$(CI)" != true ]; }

# The race detector needs cgo, and so a C compiler that works. Asking for it is the surest way to find out.
race = race=-race; $(GO) build -race runtime/cgo 2>/dev/null || { race=; $(call lacking,C compiler,-race); }

go_test = $(GO) test $$race -count=1 -timeout 15m ./...

# A MongoDB for the tests: the one of MONGODB_TEST_URI, a mongod, or SecantusDB, installed here once for all.
mongo = [ -n "$$MONGODB_TEST_URI" ] || command -v mongod >/dev/null || \
	if python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; \
	then $(MAKE) --silent $(SECANTUS) || $(call lacking,SecantusDB,the tests of the MongoDB store); \
	else $(call lacking,Python 3.10 with venv,the tests of the MongoDB store); fi

.DEFAULT_GOAL := help
.NOTPARALLEL: # the checks work in one tree, and one of them writes
.PHONY: help run build gen test faults election check vet lint tidy generated audit clients oidc soak fuzz bench

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## Start the gateway with its demo on 127.0.0.1:8080
	$(GO) run .

build: ## Build bin/contactpanel, one static file
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/contactpanel .

gen: ## Make the Go code of schema.graphqls, as gqlgen.yml says
	$(GO) run ./graph/internal/gen

test: ## Run every Go test, with -race where there is a C compiler
	@$(mongo)
	@$(race) && $(go_test) && cd test/faults && $(go_test)

faults: ## Run the tests over a network that fails, a part of make test, alone
	@$(mongo)
	@$(race) && cd test/faults && $(go_test)

election: ## Let the primary of the replica set at MONGODB_TEST_URI step down while agents write
	@$(race) && cd test/faults && $(GO) test $$race -count=1 -tags election -run Election -v ./...

check: vet generated tidy lint ## Run all that CI runs after the tests
	@if command -v node >/dev/null && command -v npm >/dev/null; \
	then $(MAKE) --no-print-directory audit clients oidc; \
	else $(call lacking,Node.js with npm,the GraphQL-over-HTTP audits and the tests with npm clients and an OpenID provider); fi

vet: ## Look for mistakes that the compiler lets pass
	$(GO) vet ./...
	cd test/faults && $(GO) vet -tags election ./...

generated: ## See whether the generated code is what the schema makes
	$(GO) run ./graph/internal/gen
	@git --no-pager diff --exit-code -- $(GENERATED) go.mod go.sum && \
	new=$$(git ls-files --others -- $(GENERATED)) && [ -z "$$new" ] || \
	{ echo "make generated: $(GENERATED) is not what schema.graphqls makes: run 'make gen' and commit the outcome" $$new; exit 1; }

tidy: ## See whether go.mod and go.sum are tidy, here, in tools/ and in test/faults/
	$(GO) mod tidy -diff
	cd tools && $(GO) mod tidy -diff
	cd test/faults && $(GO) mod tidy -diff

lint: $(LINTER) ## Run golangci-lint, as .golangci.yml says
	$(LINTER) run
	cd test/faults && ../../$(LINTER) run

audit: build $(AUDITS) ## Ask the binary what GraphQL over HTTP asks of a server (needs Node.js)
	node test/audit/audit.mjs bin/contactpanel

clients: build $(CLIENTS) ## Let graphql-ws and graphql-sse use the binary over a network that fails (needs Node.js 20)
	node --test --test-concurrency=3 --test-reporter=spec test/clients/*.test.mjs

oidc: build $(PROVIDER) ## Let people sign in with a certified OpenID provider (needs Node.js 20)
	node --test --test-reporter=spec test/oidc/*.test.mjs

soak: ## Kill the program 200 times while it writes; let 500 clients follow what is written, over sockets that break
	@$(mongo)
	@for what in Crash Soak; do $(GO) test -list $$what . | grep -q '^Test' || \
		{ echo "make soak: no test in the top folder is called $$what"; exit 1; }; done
	@$(race) && CONTACTPANEL_CRASH_ROUNDS=200 CONTACTPANEL_SOAK_TIME=60s $(GO) test $$race -count=1 -v -run 'Crash|Soak' -timeout 30m .

# FUZZTIME counts runs: where a time ends, Go 1.26 now and then calls the end itself a failure (golang/go#75804).
fuzz: ## Run each fuzz target FUZZTIME (50000x)
	@set -e; for pkg in $$($(GO) list ./...); do \
		found=$$($(GO) test -list '^Fuzz' $$pkg); \
		for target in $$(echo "$$found" | grep '^Fuzz'); do \
			echo "make fuzz: $$target of $$pkg"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

bench: ## Run every benchmark
	$(GO) test -run '^$$' -bench . -benchmem ./...

$(LINTER): tools/go.mod tools/go.sum
	cd tools && $(GO) build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(AUDITS): test/audit/package.json test/audit/package-lock.json
	cd test/audit && npm ci
	@touch $@

$(CLIENTS): test/clients/package.json test/clients/package-lock.json
	cd test/clients && npm ci
	@touch $@

$(PROVIDER): test/oidc/package.json test/oidc/package-lock.json
	cd test/oidc && npm ci
	@touch $@

$(SECANTUS): test/secantus/requirements.txt
	@echo "make: installing SecantusDB, a MongoDB for the tests, into .venv/secantus"
	@python3 -m venv --clear .venv/secantus
	@.venv/secantus/bin/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement $<
	@touch $@
