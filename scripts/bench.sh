#!/usr/bin/env bash
# Measures speed and memory; docs/performance.md says what the figures mean.
# bench.sh [floor] [observers] [control] [direct] [room] [pool]: all of them when nothing is said.
# RUNTIMES and BENCH_SECONDS choose too.
source "$(dirname "$0")/lib.sh"

wanted=("$@")
[ $# -gt 0 ] || wanted=(floor observers control direct room pool)
for name in "${wanted[@]}"; do
  case $name in
    floor | observers | control | direct | room | pool) ;;
    *) fail "bench: \"$name\" is none of floor, observers, control, direct, room, pool" ;;
  esac
done
runtimes=${RUNTIMES:-deno bun}
results=build/bench
scripts/setup-test.sh
scripts/setup-npm.sh
scripts/engine.sh release sluice bench_floor bench_observers bench_handover load_client
mkdir -p "$results"

# run RUNTIME PROGRAM ARGUMENT...
run() {
  local runtime=$1
  shift
  case $runtime in
    deno) deno run -A --no-check "$@" ;;
    bun) bun "$@" ;;
    *) fail "RUNTIMES may have deno and bun, not \"$runtime\"" ;;
  esac
}

for name in "${wanted[@]}"; do
  if [ "$name" = floor ]; then
    say "floor: what a packet must cost at least"
    build/release/bench_floor --json "$results/floor.json"
    continue
  fi
  if [ "$name" = observers ]; then
    say "observers: what 1,000 observed audio producers cost"
    build/release/bench_observers --json "$results/observers.json"
    continue
  fi
  if [ "$name" = pool ]; then
    say "handover: what a datagram costs that reached the wrong worker"
    build/release/bench_handover --json "$results/handover.json"
  fi
  for runtime in $runtimes; do
    say "$name on $runtime"
    arguments=()
    [ "$name" = room ] && arguments=(--seconds "${BENCH_SECONDS:-10}")
    run "$runtime" "bench/$name.ts" "${arguments[@]}" --json "$results/$name-$runtime.json"
  done
done

say "results are in $results/"
for runtime in $runtimes; do
  for name in direct room pool; do
    [[ " ${wanted[*]} " == *" $name "* ]] || continue
    run "$runtime" bench/summary.ts "$results/$name-$runtime.json"
  done
done
