#!/usr/bin/env bash
# Builds sops from its Go module into the cache (about two minutes the first time) and prints the
# path of the binary. Keyed by version, so a second call only prints.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=tools/install/lib.sh
. "$here/lib.sh"
# shellcheck source=tools/install/toolchains.sh
. "$here/toolchains.sh"

version="${1:-v3.13.3}"
target="$ITSUP_CACHE/sops-$version/sops"
if [ -x "$target" ]; then printf '%s\n' "$target"; exit 0; fi

ensure_go
say "building sops $version (once; kept in $ITSUP_CACHE)"
mkdir -p "$(dirname "$target")"
work="$(mktemp -d "$ITSUP_CACHE/build-sops.XXXXXX")"
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
GOBIN="$work" GOTOOLCHAIN=local CGO_ENABLED=0 \
  retry go install "github.com/getsops/sops/v3/cmd/sops@$version" >"$work/build.log" 2>&1 ||
  { tail -n 20 "$work/build.log" >&2; die "building sops $version failed"; }
mv "$work/sops" "$target"
printf '%s\n' "$target"
