#!/usr/bin/env bash
# Installs what is missing and asks for nothing. Idempotent; a second run takes a second.
#
#   bin/install.sh build     compilers, libraries and Node for the build
#   bin/install.sh engine    Docker engine and Compose 2 (what is there is kept), nft
#   bin/install.sh test      browsers, linters, Traefik and the other partners of the tests
#
# Without an argument: build and engine. bin/start-api.sh and bin/test.sh source this file to get
# the same PATH; then `install_groups build engine` does the work.
itsup_repo="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=tools/install/lib.sh
. "$itsup_repo/tools/install/lib.sh"
# shellcheck source=tools/install/toolchains.sh
. "$itsup_repo/tools/install/toolchains.sh"
# shellcheck source=tools/install/engine.sh
. "$itsup_repo/tools/install/engine.sh"

BUILD_PACKAGES=(
  build-essential cmake ninja-build pkg-config git ca-certificates python3 mold ccache brotli
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libboost-system1.81-dev
  libboost-container1.81-dev libyaml-dev libidn2-dev libsqlite3-dev libsodium-dev libre2-dev
  libspdlog-dev libfmt-dev libcli11-dev prometheus-cpp-dev libsystemd-dev zlib1g-dev libbrotli-dev
  libgtest-dev libgmock-dev busybox-static
)
TEST_PACKAGES=(
  clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev
  chromium fonts-dejavu-core nginx-light wrk prometheus logrotate age systemd
  systemd-container debootstrap debian-archive-keyring
  haproxy dnsmasq-base openssl python3 procps util-linux iproute2 iptables zsh fish
)

install_build() {
  apt_install "${BUILD_PACKAGES[@]}"
  ensure_node
}

install_engine() {
  # What itsUP calls beside Docker: without nft Traefik is recreated where it could be rolled.
  apt_install nftables
  ensure_engine
}

install_test() {
  without_starting_services apt_install "${TEST_PACKAGES[@]}"
  ensure_node
  install_test_modules
  "$itsup_repo/tools/install/traefik.sh" >/dev/null
  "$itsup_repo/tools/install/pebble.sh" >/dev/null
  "$itsup_repo/tools/install/sops.sh" >/dev/null
  "$itsup_repo/tools/install/schemathesis.sh" >/dev/null
}

# npm ci empties node_modules, so it runs only when the lock file differs from the installed one.
install_test_modules() {
  local dir="$itsup_repo/tests" stamp
  stamp="$(sha256sum "$dir/package-lock.json" | cut -d' ' -f1)"
  [ "$(cat "$dir/node_modules/.stamp" 2>/dev/null)" = "$stamp" ] && return 0
  say "installing the test modules (npm ci in tests/)"
  (cd "$dir" && retry npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2) ||
    die "npm ci failed in tests/: check the network and the npm registry"
  printf '%s\n' "$stamp" >"$dir/node_modules/.stamp"
}

install_groups() {
  local group
  for group in "$@"; do
    case "$group" in
      build) install_build ;;
      engine) install_engine ;;
      test) install_test ;;
      *) die "unknown group '$group': one of build, engine, test" ;;
    esac
  done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  [ $# -gt 0 ] || set -- build engine
  install_groups "$@"
  say "everything is installed: $*"
fi
