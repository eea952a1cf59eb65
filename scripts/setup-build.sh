#!/usr/bin/env bash
# Installs what building the engine and running the demo need.
source "$(dirname "$0")/lib.sh"

packages=(g++ cmake ninja-build libssl-dev rapidjson-dev ffmpeg fonts-dejavu-core)
# libipsec-mb is for x86-64 only; elsewhere OpenSSL does the ciphers.
[ "$(uname -m)" = x86_64 ] && packages+=(libipsec-mb-dev)
command -v npm >/dev/null || packages+=(ca-certificates nodejs npm)
install_packages "to build and run" "${packages[@]}"
