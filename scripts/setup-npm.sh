#!/usr/bin/env bash
# Installs the npm packages, pinned by package-lock.json, and makes Deno and Bun runnable.
source "$(dirname "$0")/lib.sh"

stamp=node_modules/.installed
wanted=$(cat package.json package-lock.json scripts/setup-npm.sh | sha256sum)
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && exit 0

say "installing npm packages"
# Not `npm ci`: it refuses a lock file in which an optional package of another platform is missing,
# which is the case whenever a registry had not got it yet. What is locked is installed as locked.
from_network "npm packages" npm install --no-save --no-audit --no-fund --loglevel=error

# Newer npms run no install scripts, with which the packages `deno` and `bun` would put their
# programs into place; so link the program of this platform ourselves. The first one that runs wins:
# processors without AVX2 need Bun's baseline.
link_runtime() {
  local name=$1 candidate
  shift
  for candidate in "$@"; do
    if [ -x "node_modules/$candidate" ] && "node_modules/$candidate" --version >/dev/null 2>&1; then
      ln -sf "../$candidate" "node_modules/.bin/$name"
      return 0
    fi
  done
  fail "npm brought no $name that runs on $(uname -sm)"
}
case $(uname -m) in
  x86_64) deno_arch=x64 bun_arch=x64 ;;
  aarch64) deno_arch=arm64 bun_arch=aarch64 ;;
  *) fail "Deno and Bun do not exist for $(uname -m)" ;;
esac
link_runtime deno "@deno/linux-$deno_arch-glibc/deno" deno/deno
link_runtime bun bun/bin/bun.exe "@oven/bun-linux-$bun_arch/bin/bun" \
  "@oven/bun-linux-$bun_arch-baseline/bin/bun"
echo "$wanted" >"$stamp"
