#!/usr/bin/env bash
# Every check and test there is. The last line is "N passed, N failed" over all suites.
source "$(dirname "$0")/lib.sh"
source scripts/suites.sh

scripts/setup-test.sh
scripts/setup-npm.sh
source_checks
for preset in release asan tsan; do
  build_suite "$preset" && cpp_tests "$preset"
done
build_suite fuzz && fuzz_tests "${FUZZ_SECONDS:-4}"
for group in unit media browser; do
  typescript_tests deno "$group"
  typescript_tests bun "$group"
done
finish
