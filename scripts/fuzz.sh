#!/usr/bin/env bash
# Runs each fuzzer for FUZZ_SECONDS: fuzz.sh [PROFILE...], see fuzz_tests. New inputs go to
# build/fuzz-corpus/, crashes to build/fuzz-crashes/.
source "$(dirname "$0")/lib.sh"
source scripts/suites.sh

scripts/setup-test.sh
build_suite fuzz
seconds=${FUZZ_SECONDS:-60}
export SUITE_SECONDS=$((seconds + 600))
! is_built fuzz || fuzz_tests "$seconds" "$@"
finish
