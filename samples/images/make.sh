#!/usr/bin/env bash
# Makes the images of the sample projects on the spot: no registry, no network. Fast when they exist.
#   samples/images/make.sh CACHE_DIR
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cache="${1:?usage: make.sh CACHE_DIR}"
hash="$(cat "$here/demo.cpp" "$here/make.sh" | sha256sum | cut -c1-16)"

made() { # made TAG: is there an image of this source already?
  [ "$(docker image inspect --format '{{index .Config.Labels "itsup.sample"}}' "$1" 2>/dev/null)" = "$hash" ]
}

program() { # the static program, compiled once per source text
  local target="$cache/demo-$hash"
  if [ ! -x "$target" ]; then
    mkdir -p "$cache"
    c++ -std=c++20 -O2 -s -static -pthread -o "$target.$$" "$here/demo.cpp"
    mv "$target.$$" "$target"
  fi
  printf '%s\n' "$target"
}

import() { # import TAG DOCKERFILE-LINE...
  local tag="$1" root line changes=()
  shift
  made "$tag" && return 0
  for line in "$@" "LABEL itsup.sample=$hash"; do changes+=(--change "$line"); done
  root="$(mktemp -d)"
  mkdir -p "$root/bin" "$root/tmp"
  cp "$(program)" "$root/demo"
  cp "$(command -v busybox)" "$root/bin/busybox"
  ln -s busybox "$root/bin/sh"
  tar -C "$root" -c . | docker import "${changes[@]}" - "$tag" >/dev/null
  rm -rf "$root"
  echo "made the image $tag"
}

import itsup-sample-web:1 'CMD ["/demo", "serve"]' 'ENV PATH=/bin VERSION=1' 'EXPOSE 8080'
import itsup-sample-chatter:1 'CMD ["/demo", "chatter"]' 'ENV PATH=/bin'
