# The suites and their counts; sourced by test.sh, check.sh and fuzz.sh. Each suite's output
# and report go to build/test-logs/; they are shown when the suite fails.
export NO_COLOR=1
logs=build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
suites_started=$SECONDS

# suite NAME COMMAND...: runs a suite and counts it. A command that has {report} among its arguments
# writes a JUnit report there, and its tests are counted; any other is one check. A suite that exits
# with an error has failed at least once, and so has one that ran no test.
suite() {
  local name=$1 file=$logs/${1//[^a-zA-Z0-9]/-} started=$SECONDS
  local status=0 passed=0 failed=0 skipped=0 failures=
  shift
  timeout -k 10 "${SUITE_SECONDS:-1800}" "${@//\{report\}/$file.xml}" >"$file.log" 2>&1 </dev/null ||
    status=$?
  if [[ "$*" != *"{report}"* ]]; then
    [ "$status" -ne 0 ] || passed=1
  elif [ -f "$file.xml" ]; then
    failures=$(bun scripts/read_report.ts "$file.xml" 2>&1) || failures="0 1 0"$'\n'$failures
    read -r passed failed skipped <<<"$failures"
    failures=$(tail -n +2 <<<"$failures")
  fi
  [ "$status" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
  [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ] && failed=1
  echo "$passed $failed" >"$file.count"
  printf '%-34s %5d passed, %d failed%s (%d s)\n' "$name" "$passed" "$failed" \
    "$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")" $((SECONDS - started))
  if [ "$failed" -ne 0 ]; then
    printf -- '---- %s, exit code %d, from %s:\n' "$name" "$status" "$file.log"
    tail -n 120 "$file.log"
    [ -z "$failures" ] || printf -- '---- what failed:\n%s\n' "$failures"
    echo '----'
  fi
}

# Suites that time nothing run beside each other, one a processor: `beside suite NAME...`, and
# `wait_for_suites` before anything that wants the machine for itself. The job `builds` is no suite.
builds=
beside() {
  while [ "$(jobs -rp | grep -cvx "$builds")" -ge "$(nproc)" ]; do wait -n || true; done
  "$@" &
}
wait_for_suites() {
  local job
  for job in $(jobs -rp | grep -vx "$builds"); do wait "$job" || true; done
}

sum_columns() { awk '{ passed += $1; failed += $2 } END { print passed + 0, failed + 0 }'; }

# Ends with the line over all suites, and with an error when anything failed.
finish() {
  wait_for_suites
  say "all suites took $((SECONDS - suites_started)) s; their output is in $logs/"
  local passed failed
  read -r passed failed <<<"$(cat "$logs"/*.count | sum_columns)"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# Format, lint and types of both languages and both runtimes, without building anything.
source_checks() {
  beside suite "format: TypeScript" node_modules/.bin/deno fmt --check
  beside suite "format: C++" bash -c \
    "git ls-files 'engine/*.cpp' 'engine/*.h' 'engine/*.c' 'bench/*.cpp' 'bench/*.h' |
      xargs clang-format-14 --dry-run --Werror"
  beside suite "lint" node_modules/.bin/deno lint
  beside suite "types: Deno" bash -c \
    "git ls-files 'mod.ts' 'sfu/*.ts' 'ffi/*.ts' 'tests/*.ts' 'bench/*.ts' 'scripts/*.ts' \
       'examples/*.ts' |
      grep -v /client/ | xargs node_modules/.bin/deno check"
  # The compiler is an npm program for Node.js; Bun runs it too.
  beside suite "types: Bun" node_modules/.bin/bun node_modules/typescript/bin/tsc
  beside suite "types: page" node_modules/.bin/bun node_modules/typescript/bin/tsc \
    -p examples/conference/client/tsconfig.json
  wait_for_suites
}

# build_suite PRESET: building is a suite too: when it fails, the rest still runs. It may go on
# beside suites, which come first.
build_suite() {
  SUITE_SECONDS=1800 suite "build: $1" nice -n 19 scripts/engine.sh "$1" all
}
is_built() { [ "$(cat "$logs/build--$1.count" 2>/dev/null)" = "1 0" ]; }

# cpp_tests PRESET: every C++ test program of it.
cpp_tests() {
  local program run=()
  # Thread sanitizer cannot place its memory where address randomisation may have put something.
  [ "$1" = tsan ] && run=(setarch "$(uname -m)" -R)
  for program in build/"$1"/*_test; do
    beside suite "C++ $1: $(basename "$program" _test)" \
      "${run[@]}" "$program" -r=junit -o={report}
  done
  wait_for_suites
}

# fuzz_tests SECONDS [PROFILE...]: runs each fuzzer over its corpus and then on for that long; once
# per profile: 0 is guided by coverage alone, 1 by the values that are compared too.
fuzz_tests() {
  local program name profile seconds=$1
  shift
  mkdir -p build/fuzz-crashes
  for program in build/fuzz/*_fuzz; do
    name=$(basename "$program" _fuzz)
    mkdir -p "build/fuzz-corpus/$name" "engine/fuzz/corpus/$name"
    for profile in "${@:-0}"; do
      # An input of the workers' fuzzers sends up to 70,000 packets.
      beside suite "fuzz: $name, profile $profile" "$program" \
        -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 -use_value_profile="$profile" \
        -artifact_prefix="build/fuzz-crashes/$name-" "build/fuzz-corpus/$name" \
        "engine/fuzz/corpus/$name"
    done
  done
  wait_for_suites
}

# Tests wait as long as a busy machine may need: these limits only end what hangs.
deno_test=(node_modules/.bin/deno test -A --no-check --junit-path={report})
bun_test=(node_modules/.bin/bun test --timeout 600000 --reporter=junit --reporter-outfile={report})

# sanitized_typescript_tests PRESET RUNTIME: what shares memory between workers and with JavaScript,
# with the library of a sanitizer, whose own library must come first. Leaks are not looked for: what
# the runtime keeps until it ends is not ours, and close_cascades_test.ts counts what is. Nor are
# races of the runtime's own threads, of which the sanitizer sees but a part.
sanitized_typescript_tests() {
  local name=Bun run=("${bun_test[@]}") play=(node_modules/.bin/bun run) files sanitized
  if [ "$2" = deno ]; then
    name=Deno run=("${deno_test[@]}")
    play=(node_modules/.bin/deno run -A --no-check --v8-flags=--expose-gc)
  fi
  sanitized=(env "LD_PRELOAD=$(gcc -print-file-name="lib$1.so")" ASAN_OPTIONS=detect_leaks=0
    TSAN_OPTIONS=ignore_noninstrumented_modules=1 "SLUICE_LIBRARY=$PWD/build/$1/libsluice.so")
  mapfile -t files < <(ls ./tests/api/{closing,direct,header,pipe,pool,red}*_test.ts)
  if [ "$1" = tsan ]; then
    sanitized=(setarch "$(uname -m)" -R "${sanitized[@]}")
    mapfile -t files < <(ls ./tests/api/{closing,direct_churn,direct_pressure,p*_media}_test.ts)
  fi
  beside suite "$name $1: links, pools, direct" "${sanitized[@]}" "${run[@]}" "${files[@]}"
  beside suite "$name $1: close cascades" "${sanitized[@]}" "${play[@]}" \
    tests/api/children/close_cascades.ts 500
  wait_for_suites
}

# typescript_tests RUNTIME GROUP: "unit" is all that needs no browser, ffmpeg or GStreamer.
typescript_tests() {
  local files own=() shared=() file where=(tests/"$2")
  [ "$2" = unit ] && where=(tests -not -path 'tests/browser/*' -not -path 'tests/media/*')
  mapfile -t files < <(find "${where[@]}" -name '*_test.ts' | sort)
  if [ "$1" = bun ]; then
    suite "Bun: $2" "${bun_test[@]}" "${files[@]/#/./}"
    return
  fi
  # Deno runs each file in an isolate of its own, but libdatachannel's threads live as long as the
  # process: they call into the isolate of the file before, and Deno panics. One process a file.
  for file in "${files[@]}"; do
    if grep -qE '/(peer|call)\.ts"' "$file"; then own+=("$file"); else shared+=("$file"); fi
  done
  suite "Deno: $2" "${deno_test[@]}" "${shared[@]}"
  for file in ${own[@]+"${own[@]}"}; do
    suite "Deno: $(basename "$file" _test.ts)" "${deno_test[@]}" "$file"
  done
}
