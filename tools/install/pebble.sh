#!/usr/bin/env bash
# Builds pebble, Let's Encrypt's own ACME server for tests, from its Go module into the cache and prints the
# path of the binary. Keyed by version, so a second call only prints.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=tools/install/lib.sh
. "$here/lib.sh"
# shellcheck source=tools/install/toolchains.sh
. "$here/toolchains.sh"

version="${1:-v2.8.0}"
module=github.com/letsencrypt/pebble/v2/cmd/pebble
target="$ITSUP_CACHE/pebble-$version/pebble"
if [ -x "$target" ]; then printf '%s\n' "$target"; exit 0; fi

ensure_go
say "building pebble $version (once; kept in $ITSUP_CACHE)"
mkdir -p "$(dirname "$target")"
work="$(mktemp -d "$ITSUP_CACHE/build-pebble.XXXXXX")"
trap 'rm -rf "$work"' EXIT
export GOTOOLCHAIN=local CGO_ENABLED=0 GOWORK=off GOBIN="$work"
retry go install -trimpath -ldflags '-s -w' "$module@$version" || die "building pebble $version failed"
mv "$work/pebble" "$target"
printf '%s\n' "$target"
