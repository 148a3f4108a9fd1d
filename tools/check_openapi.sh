#!/usr/bin/env bash
# The checked-in OpenAPI document is what the program says; `--fix` writes it anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program="${ITSUP_BIN:-build/release/itsup}"
if [ "${1:-}" = --fix ]; then
  mkdir -p openapi
  "$program" openapi >openapi/openapi.json
  exit 0
fi
diff -u openapi/openapi.json <("$program" openapi) | head -n 60
"$program" openapi | cmp - openapi/openapi.json
