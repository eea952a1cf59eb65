#!/usr/bin/env bash
# The fast checks: format, lint, types, style, unit tests.
source "$(dirname "$0")/lib.sh"
source scripts/suites.sh

scripts/setup-test.sh
scripts/setup-npm.sh
scripts/engine.sh release all
source_checks
cpp_tests release
typescript_tests deno unit
finish
