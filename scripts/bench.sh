#!/usr/bin/env bash
# Measures speed and memory; docs/performance.md says what the figures mean. bench.sh [NAME...]
source "$(dirname "$0")/lib.sh"

scripts/setup-test.sh
scripts/setup-npm.sh
scripts/engine.sh release all
shopt -s nullglob
found=(build/release/bench_* bench/*.ts)
[ ${#found[@]} -gt 0 ] || fail "there is no bench"
for bench in "${found[@]}"; do
  name=$(basename "$bench" .ts)
  [ $# -eq 0 ] || [[ " $* " == *" ${name#bench_} "* ]] || continue
  say "$name"
  case $bench in
    *.ts)
      deno run -A --no-check "$bench"
      bun "$bench"
      ;;
    *) "$bench" ;;
  esac
done
