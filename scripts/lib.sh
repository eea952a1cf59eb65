# What the other scripts share; sourced, not run. They run with the repository as current folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

# One clear line, and no more.
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Runs a command that nobody needs to read; shows it all when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# from_network WHAT COMMAND...: the same for a command that fetches. When it fails for want of a
# network, that is one line too.
from_network() {
  local what=$1 log no_network
  shift
  no_network='failure resolving|could not (resolve|connect)|connection (failed|timed out)'
  no_network+='|unreachable|EAI_AGAIN|ENOTFOUND|ENETUNREACH|ECONNREFUSED|ETIMEDOUT'
  log=$(mktemp)
  if ! quietly "$@" 2>"$log"; then
    if grep -qiE "$no_network" "$log"; then
      rm -f "$log"
      fail "$what: no network. Connect this machine and run the same command again."
    fi
    cat "$log" >&2
    rm -f "$log"
    fail "$what: $1 failed: see above"
  fi
  rm -f "$log"
}

# install_packages WHAT PACKAGE...: Debian packages, if any is missing.
install_packages() {
  local what=$1
  shift
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0

  command -v apt-get >/dev/null ||
    fail "$what: no apt-get here. Install what is the same as these Debian packages: ${missing[*]}"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "$what: no right to install packages. As root: apt-get install ${missing[*]}"
    root=(sudo)
    [ -t 0 ] || root=(sudo -n)
    "${root[@]}" true 2>/dev/null ||
      fail "$what: no right to install packages. As root: apt-get install ${missing[*]}"
  fi
  say "installing Debian packages ($what): ${missing[*]}"
  local install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "${missing[@]}")
  "${install[@]}" >/dev/null 2>&1 && return 0
  # The package list may be old or absent.
  say "updating the package list"
  from_network "$what" "${root[@]}" apt-get update -q -o APT::Update::Error-Mode=any
  from_network "$what" "${install[@]}"
}

# The two runtimes, as npm brought them.
deno() { node_modules/.bin/deno "$@"; }
bun() { node_modules/.bin/bun "$@"; }
