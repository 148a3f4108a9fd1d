#!/usr/bin/env bash
# clang-format decides, nobody argues. Names each file that differs; `tools/lint_format.sh --fix` mends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mode=(--dry-run --Werror)
[ "${1:-}" = --fix ] && mode=(-i)
mapfile -d '' -t files < <(git ls-files -z -- '*.cpp' '*.hpp' | while IFS= read -r -d '' f; do
  [ -e "$f" ] && printf '%s\0' "$f"; done)
[ ${#files[@]} -gt 0 ] || exit 0
printf '%s\0' "${files[@]}" | xargs -0 -n 16 -P 2 clang-format-14 "${mode[@]}" --style=file
echo "format: ${#files[@]} files"
