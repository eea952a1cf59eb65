#!/usr/bin/env bash
# Installs and builds what is missing, then starts the conference. RUNTIME is deno (default) or bun.
source "$(dirname "$0")/lib.sh"

runtime=${RUNTIME:-deno}
case $runtime in
  deno | bun) ;;
  *) fail "RUNTIME is deno or bun, not \"$runtime\"" ;;
esac
scripts/setup-build.sh
scripts/setup-npm.sh
scripts/engine.sh

say "starting the conference on $runtime"
if [ "$runtime" = bun ]; then
  exec node_modules/.bin/bun examples/conference/server.ts "$@"
fi
exec node_modules/.bin/deno run -A --no-check examples/conference/server.ts "$@"
