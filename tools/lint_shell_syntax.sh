#!/usr/bin/env bash
# Every shell script of ours parses, and says how it treats a failing command.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t scripts < <(git ls-files -- '*.sh' .ci/run ':!tests/golden')
for script in "${scripts[@]}"; do
  bash -n "$script"
  case "$script" in tools/install/*) continue ;; esac
  grep -qE '^ *(set -[a-z]*u|exec )' "$script" || { echo "$script: no 'set -u'"; exit 1; }
done
echo "shell: ${#scripts[@]} scripts"
