# make help lists the targets.
GOLANGCI = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
BENCHSTAT = go run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
FUZZTIME = 30s
BENCH = .
BENCHTIME = 100ms
COUNT = 6
HOT = ./pkg/capture/... ./pkg/codec/... ./pkg/decode ./pkg/dump ./pkg/humanframe/...

.PHONY: all
all: vet lint test ## vet, lint and test

.PHONY: build
build: ## a small static binary, ./wirectl
	CGO_ENABLED=0 go build -trimpath -tags urfave_cli_no_docs -ldflags "-s -w" -o wirectl ./cmd/wirectl

.PHONY: test
test: ## all tests, with the race detector
	go test -race ./...

.PHONY: vet
vet: ## gofmt and go vet
	@test -z "$$(gofmt -l .)" || { echo "gofmt these:"; gofmt -l .; exit 1; }
	go vet ./...

.PHONY: lint
lint: ## golangci-lint; building it takes minutes the first time
	$(GOLANGCI) run ./...

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME
	.ci/fuzz $(FUZZTIME)

.PHONY: bench
bench: ## benchmarks, into new.txt, compared with the recorded run
	go test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime=$(BENCHTIME) -count=$(COUNT) $(HOT) | tee new.txt
	$(BENCHSTAT) bench/baseline.txt new.txt

.PHONY: baseline
baseline: ## record what bench compares with
	go test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime=$(BENCHTIME) -count=$(COUNT) $(HOT) > bench/baseline.txt

.PHONY: golden
golden: ## accept what the tests print now: golden files, transcripts, documents
	go test $$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -n1 dirname | sort -u) -update

.PHONY: docs
docs: ## write docs/cli and docs/man from the tables of commands
	go run ./cmd/wirectl docs --markdown --dir docs/cli
	mkdir -p docs/man
	go run ./cmd/wirectl docs --man > docs/man/wirectl.1

.PHONY: ci
ci: ## what the project's CI runs
	.ci/run

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12
