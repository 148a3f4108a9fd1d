#!/usr/bin/env bash
# Builds a static Traefik from its Go module into the cache (4-5 minutes the first time) and
# prints the path of the binary. Keyed by version, so a second call only prints.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=tools/install/lib.sh
. "$here/lib.sh"
# shellcheck source=tools/install/toolchains.sh
. "$here/toolchains.sh"

version="${1:-v3.6.12}"
module=github.com/traefik/traefik/v3
target="$ITSUP_CACHE/traefik-$version/traefik"
if [ -x "$target" ]; then printf '%s\n' "$target"; exit 0; fi

ensure_go
say "building Traefik $version (once; kept in $ITSUP_CACHE)"
mkdir -p "$(dirname "$target")"
work="$(mktemp -d "$ITSUP_CACHE/build-traefik.XXXXXX")"
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS='-mod=mod -buildvcs=false' GOTOOLCHAIN=local CGO_ENABLED=0 GOWORK=off
retry go mod download -json "$module@$version" >module.json || die "could not fetch $module@$version"
source_dir="$(sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p' module.json)"
cp -r "$source_dir" traefik && chmod -R u+w traefik
# Without an index page the API router complains at every start.
mkdir -p traefik/webui/static && printf '<!doctype html>\n' >traefik/webui/static/index.html
# A dependency's own replace and exclude lines do not count, so they are repeated here.
{
  printf 'module itsup.invalid/traefik\n\n'
  awk '$1 == "go"' traefik/go.mod
  printf '\nrequire %s %s\nreplace %s => ./traefik\n' "$module" "$version" "$module"
  awk '/^(replace|exclude) \($/ {on = 1} on || /^(replace|exclude) [^(]/ {print} /^\)/ {on = 0}' traefik/go.mod
} >go.mod
cp traefik/go.sum go.sum
printf '//go:build tools\n\npackage tools\n\nimport _ "%s/cmd/traefik"\n' "$module" >tools.go
retry go build -trimpath -ldflags "-s -w -X $module/pkg/version.Version=${version#v}" \
  -o "$work/binary" "$module/cmd/traefik" >"$work/build.log" 2>&1 ||
  { tail -n 20 "$work/build.log" >&2; die "building Traefik $version failed"; }
mv "$work/binary" "$target"
printf '%s\n' "$target"
