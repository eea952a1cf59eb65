#!/usr/bin/env bash
# Installs what the tests need beyond what the demo needs.
source "$(dirname "$0")/lib.sh"

scripts/setup-build.sh
install_packages "to test" chromium doctest-dev libsrtp2-dev \
  libgnutls28-dev libmbedtls-dev clang-14 libclang-rt-14-dev \
  clang-format-14 gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
  gstreamer1.0-plugins-bad
