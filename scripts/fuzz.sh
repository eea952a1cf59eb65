#!/usr/bin/env bash
# Runs each fuzzer for FUZZ_SECONDS. New inputs go to build/fuzz-corpus/, crashes to
# build/fuzz-crashes/.
source "$(dirname "$0")/lib.sh"
source scripts/suites.sh

scripts/setup-test.sh
build_suite fuzz
! is_built fuzz || fuzz_tests "${FUZZ_SECONDS:-60}"
finish
