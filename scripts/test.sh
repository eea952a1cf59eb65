#!/usr/bin/env bash
# Every check and test there is. The last line is "N passed, N failed" over all suites.
# PRESETS, FUZZ=no and GROUPS_OF_TESTS choose among them.
source "$(dirname "$0")/lib.sh"
source scripts/suites.sh

scripts/setup-test.sh
scripts/setup-npm.sh
source_checks
for preset in ${PRESETS:-release asan tsan}; do
  build_suite "$preset" || continue
  cpp_tests "$preset"
  [ "$preset" = release ] && continue
  sanitized_typescript_tests "$preset" deno
  sanitized_typescript_tests "$preset" bun
done
[ "${FUZZ:-yes}" = no ] || { build_suite fuzz && fuzz_tests "${FUZZ_SECONDS:-4}"; }
for group in ${GROUPS_OF_TESTS:-unit media browser}; do
  typescript_tests deno "$group"
  typescript_tests bun "$group"
done
finish
