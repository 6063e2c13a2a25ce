# What people who work on Marshal run. `make test` is all a clean clone needs.

SHARED ?= $(or $(MARSHAL_SHARED),../shared)
SECONDS ?= 60
FUZZ_TARGETS = json_index sse_split frames multipart gate_head yaml policy_condition policy_csv policy_data policy_bundle redaction \
	documents signatures \
	dialect_openai dialect_anthropic dialect_responses dialect_gemini dialect_bedrock dialect_cohere dialect_ollama

.PHONY: test test-rust test-e2e lint bench conformance fuzz screenshot

## All tests: the workspace's, then real SDKs, a real model and a real browser against the built gateway.
test:
	@.ci/test

test-rust:
	@.ci/test rust

test-e2e:
	@.ci/test e2e

## Format, lints and docs, warnings as errors; the arrows between crates and the licences where cargo-deny is installed.
lint:
	cargo fmt --all --check
	cargo fmt --manifest-path gateway/fuzz/Cargo.toml --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
	@if cargo deny --version >/dev/null 2>&1; then cargo deny check; \
	else echo "skipped: cargo deny check (not installed: cargo install --locked cargo-deny)"; fi

## Marshal beside nginx and no gateway at all, and what decisions, changes and simulations of policies cost, on this machine; writes load-tests/results/.
bench:
	cargo build --release --locked
	cargo build --release --locked -p marshal-load-tests
	target/release/marshal-load bench
	@mkdir -p load-tests/results
	cargo run --release --locked --quiet -p marshal-policies --example decisions | tee load-tests/results/decisions.txt
	python3 load-tests/simulate.py target/release/marshal 1000000 | tee load-tests/results/simulate.json
	python3 load-tests/reload.py target/release/marshal 1000 | tee load-tests/results/reload.json

## Recorded provider traffic through every dialect; the last line is one JSON object.
conformance:
	@cargo run --quiet --locked -p marshal-conformance -- --shared "$(SHARED)"

## Every parser that strangers reach, SECONDS each. Needs: cargo install --locked cargo-fuzz, and a nightly toolchain.
fuzz:
	@cargo +nightly fuzz --version >/dev/null 2>&1 || { \
		echo "make fuzz needs cargo-fuzz and nightly: cargo install --locked cargo-fuzz && rustup toolchain install nightly"; exit 2; }
	@cd gateway/fuzz && for target in $(FUZZ_TARGETS); do \
		echo "== $$target, $(SECONDS) s"; \
		cargo +nightly fuzz run --fuzz-dir . $$target -- -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 || exit 1; \
	done

## Takes docs/images/dashboard.png anew.
screenshot:
	@.ci/test prepare
	.venv/bin/python gateway/tests/e2e/screenshot.py
