#!/usr/bin/env bash
# Every check and test there is. The last line is "N passed, N failed" over all suites.
# PRESETS, FUZZ=no and GROUPS_OF_TESTS choose among them.
source "$(dirname "$0")/lib.sh"
source scripts/suites.sh

scripts/setup-test.sh
scripts/setup-npm.sh
source_checks
presets=" ${PRESETS:-release asan tsan} "
[ "${FUZZ:-yes}" = no ] || presets+="fuzz "
wanted() { [[ "$presets" == *" $1 "* ]]; }
! wanted release || build_suite release

# Compilers keep all processors busy, and most suites wait for a browser or a deadline: what the
# sanitizers and the fuzzers need is built while the suites of the release library run.
for preset in asan tsan fuzz; do
  ! wanted "$preset" || build_suite "$preset"
done &
builds=$!
! wanted release || ! is_built release || cpp_tests release
for group in ${GROUPS_OF_TESTS:-unit media browser}; do
  typescript_tests deno "$group"
  typescript_tests bun "$group"
done
wait "$builds" || true

for preset in asan tsan; do
  is_built "$preset" || continue
  cpp_tests "$preset"
  sanitized_typescript_tests "$preset" deno
  sanitized_typescript_tests "$preset" bun
done
! is_built fuzz || fuzz_tests "${FUZZ_SECONDS:-4}"
finish
