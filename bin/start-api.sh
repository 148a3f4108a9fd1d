#!/usr/bin/env bash
# From a fresh clone to a running itsUP: installs what is missing, builds, makes an install root from
# samples/ when there is none, then becomes the daemon. Asks for nothing; a second run takes seconds.
#
#   ITSUP_ROOT   the install root (default: this checkout)
#   further arguments go to `itsup serve`
set -euo pipefail
# Relative to where it was typed.
root="${ITSUP_ROOT:+$(realpath -m "$ITSUP_ROOT")}"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bin/install.sh
. bin/install.sh

root="${root:-$PWD}"
program="$PWD/build/release/itsup"

build() {
  local log="$PWD/build/build-release.log"
  mkdir -p build
  [ -x "$program" ] || say "building: the first time takes up to 10 minutes (progress below, details in $log)"
  cmake --preset release >"$log" 2>&1 </dev/null || { tail -n 30 "$log" >&2; die "configuring failed"; }
  if ! cmake --build --preset release 2>&1 </dev/null | tee -a "$log" | progress; then
    tail -n 40 "$log" >&2
    die "the build failed"
  fi
  [ -x "$program" ] || die "the build made no $program"
}

# One line every twenty seconds out of ninja's [17/240] lines.
progress() {
  local line last=$SECONDS
  while IFS= read -r line; do
    case "$line" in
      \[*/*\]*) if [ $((SECONDS - last)) -ge 20 ]; then say "${line:0:90}"; last=$SECONDS; fi ;;
    esac
  done
}

docker_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

start_engine() {
  docker_answers && return 0
  if [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
    say "user $(id -un) may not use Docker: sudo usermod -aG docker $(id -un), log in again, start again"
    return 0
  fi
  if [ -d /run/systemd/system ]; then
    say "starting the Docker engine (systemctl start docker)"
    as_root systemctl start docker >&2 || say "systemctl could not start docker"
  else
    start_dockerd_by_hand
  fi
  local try
  for try in $(seq 60); do
    docker_answers && return 0
    sleep 0.5
  done
  say "no Docker engine answers; itsUP starts all the same and says so in /health"
}

start_dockerd_by_hand() {
  local log=/var/log/itsup-dockerd.log dockerd
  dockerd="$(find_dockerd)" || { say "there is no dockerd on this machine"; return 0; }
  say "no systemd runs here and no Docker engine answers: starting $dockerd by hand (log: $log)"
  say "stop it later with: kill \$(cat /run/docker.pid)"
  as_root sh -c 'exec setsid "$1" --pidfile /run/docker.pid >>"$2" 2>&1 </dev/null &' sh "$dockerd" "$log"
}

# Without a person's own projects/ the samples are copied, with an admin token of 256 random bits.
make_root() {
  if [ ! -d "$root/projects" ]; then copy_samples; fi
  # Without a token nobody could log in.
  if [ ! -e "$root/secrets/itsup.txt" ] && [ ! -e "$root/secrets/itsup.enc.txt" ]; then make_secrets; fi
}

copy_samples() {
  say "making an install root from samples/ in $root"
  mkdir -p "$root"
  rm -rf "$root/projects.new"
  cp -r samples/projects "$root/projects.new"
  [ -d "$root/dns" ] || cp -r samples/dns "$root/dns"
  mv "$root/projects.new" "$root/projects"
}

make_secrets() {
  local token text
  # No program gets the token as an argument, which everybody on the host could read.
  text="$(<samples/secrets/itsup.txt)"
  token="$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
  (umask 077 && mkdir -p "$root/secrets" &&
    printf '%s\n' "${text//@RANDOM@/$token}" >"$root/secrets/itsup.txt")
  say "wrote $root/secrets/itsup.txt with a new admin token"
}

# The samples need their images, and the network that the dns stack would make.
make_sample_images() {
  grep -qs itsup-sample- "$root"/projects/*/docker-compose.yml || return 0
  docker_answers || return 0
  samples/images/make.sh "$ITSUP_CACHE" >&2 || say "could not make the sample images; their projects will not start"
}

install_groups build engine
build
start_engine
make_root
make_sample_images
say "starting itsUP on $root"
exec "$program" serve --root "$root" "$@"
