#!/usr/bin/env bash
# Builds the engine: engine.sh [PRESET [TARGET...]]. Without arguments it builds the release library.
source "$(dirname "$0")/lib.sh"

preset=${1:-release}
targets=("${@:2}")
[ $# -eq 0 ] && targets=(sluice)
scripts/setup-build.sh

folder=build/$preset
options=()
# The tests need doctest, which is missing on a machine that only runs the demo.
if [ "$preset" != fuzz ]; then
  tests=OFF
  [ -f /usr/include/doctest/doctest.h ] && tests=ON
  options=("-DSLUICE_TESTS=$tests")
  grep -qs "^SLUICE_TESTS:.*=$tests$" "$folder/CMakeCache.txt" || rm -f "$folder/build.ninja"
fi
# Whoever names a preset develops the engine. The first build of the library alone is a user's: a
# newer compiler's warnings must not stop it.
if [ $# -gt 0 ]; then
  grep -qs "^SLUICE_WERROR:.*=OFF$" "$folder/CMakeCache.txt" && rm -f "$folder/build.ninja"
elif [ ! -f "$folder/build.ninja" ]; then
  options+=(-DSLUICE_WERROR=OFF)
fi
if [ ! -f "$folder/build.ninja" ]; then
  say "configuring the engine ($preset)"
  (cd engine && quietly cmake --preset "$preset" "${options[@]}") || fail "cmake failed: see above"
fi

# Whether there is anything to build ninja knows only once it has looked: say so when it takes time.
started=$SECONDS
(sleep 1 && say "building the engine ($preset)") &
notice=$!
if [ -t 1 ]; then
  ninja -C "$folder" "${targets[@]}"
else
  quietly ninja -C "$folder" "${targets[@]}"
fi || fail "the engine ($preset) does not build: see above"
kill "$notice" 2>/dev/null || say "engine ($preset) built in $((SECONDS - started)) s"
wait "$notice" || true
