#!/usr/bin/env bash
# Builds the engine: engine.sh [PRESET [TARGET...]]; the release library when nothing is said.
source "$(dirname "$0")/lib.sh"

preset=${1:-release}
targets=("${@:2}")
[ $# -eq 0 ] && targets=(sluice)
scripts/setup-build.sh

folder=build/$preset
options=()
# The tests need doctest, which a machine that only runs the demo has not got.
if [ "$preset" != fuzz ]; then
  tests=OFF
  [ -f /usr/include/doctest/doctest.h ] && tests=ON
  options=("-DSLUICE_TESTS=$tests")
  grep -qs "^SLUICE_TESTS:.*=$tests$" "$folder/CMakeCache.txt" || rm -f "$folder/build.ninja"
fi
if [ ! -f "$folder/build.ninja" ]; then
  say "configuring the engine ($preset)"
  (cd engine && quietly cmake --preset "$preset" "${options[@]}") || fail "cmake failed: see above"
fi

build() {
  if [ -t 1 ]; then
    ninja -C "$folder" "${targets[@]}"
  else
    quietly ninja -C "$folder" "${targets[@]}"
  fi || fail "the engine ($preset) does not build: see above"
}

# ninja -n tells without building what there is to do; that CMake looks for new files is no news.
news='Entering directory|no work|Re-checking globbed|Re-running CMake'
if [ -n "$(ninja -C "$folder" -n "${targets[@]}" | grep -vE "$news")" ]; then
  say "building the engine ($preset)"
  started=$SECONDS
  build
  say "engine ($preset) built in $((SECONDS - started)) s"
else
  quietly ninja -C "$folder" "${targets[@]}" || build  # A new file shows only now.
fi
