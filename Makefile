# The front door: each target is one thing to do. `make help` lists them.

.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build and start Rollcage on http://127.0.0.1:8080, with a Postgres of its own
	@deploy/dev/install postgres
	@cargo build --release --locked --bin rollcage
	@exec target/release/rollcage serve

demo: ## Show Rollcage with two weeks of a shop's errors; ARGS=--live goes on, ARGS=--keep shows it again
	@deploy/dev/demo $(ARGS)

test: ## Run all tests: unit, integration, real SDKs, browser
	@deploy/dev/install postgres chromium python node curl
	cargo build --locked --workspace --all-features --bin rollcage --tests
	cargo test --locked --workspace --all-features -- --skip debian::

sdks: ## Run every program of a real SDK, also those that need Debian's packages; ONLY=name chooses
	@deploy/dev/install postgres chromium python node curl ruby go openssl
	cargo build --locked --workspace --all-features --bin rollcage --tests
	cargo test --locked --workspace --all-features --test sdks -- $(ONLY)

lint: ## Check the format, and deny warnings of clippy and of the SDK's documentation
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
	cargo clippy --locked -p rollcage -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps -p rollcage --all-features

faults: ## Kill, cut and fill up what Rollcage rests on while it works, and count; ARGS=--help
	@deploy/dev/install postgres nginx
	cargo build --locked --workspace --all-features --bin rollcage --example faults
	@target/debug/examples/faults $(ARGS)

# A release build, on a quiet machine: what releases are held to.
faults-long: ## The long forms, an hour and a half, of a release build; ARGS='kill-server soak' for some
	@deploy/dev/install postgres nginx
	cargo build --release --locked --workspace --all-features --bin rollcage --example faults
	@target/release/examples/faults --long --strict $(ARGS)

bench: ## Measure ingest and digest beside a bare model, three runs of a minute each; ARGS=--help
	@deploy/dev/install postgres
	cargo bench --locked -p rollcage-server --bench ingest -- $(ARGS)

sdk-bench: ## Measure the Rust SDK beside the crate sentry, and ten million requests
	cargo bench --locked -p rollcage --all-features --bench cost --bench soak

grouping: ## Measure how labelled occurrences are grouped; ARGS=--brief is a line a set
	@cargo run --locked -q -p rollcage-tests --example grouping -- $(ARGS)

queries: ## Save what the query macros need, after a change of a query or a migration
	deploy/dev/prepare-queries

.PHONY: help run demo test sdks lint faults bench sdk-bench grouping queries
