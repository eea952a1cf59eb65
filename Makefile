# Thin on purpose: what each target does stands in scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo test engine check bench fuzz fuzz-long

help: ## say what there is
	@echo "make demo     build what is needed and start the conference (RUNTIME=bun, ARGS=\"--help\")"
	@echo "make test     run every check and test there is"
	@echo "make check    the fast ones: format, lint, types, unit tests"
	@echo "make engine   build the engine's release library"
	@echo "make bench    measure speed and memory"
	@echo "make fuzz     run each fuzzer for FUZZ_SECONDS (60)"
	@echo "make fuzz-long  the same for 900 s, with and without value profiles"

demo:
	@scripts/demo.sh $(ARGS)

test:
	@scripts/test.sh

engine:
	@scripts/engine.sh

check:
	@scripts/check.sh

bench:
	@scripts/bench.sh $(ARGS)

fuzz:
	@scripts/fuzz.sh

fuzz-long:
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-900} scripts/fuzz.sh 0 1
