#!/usr/bin/env bash
# Makes a Python environment with schemathesis in the cache and prints the path of `st`. Keyed by the
# exact versions in schemathesis.txt, so a second call only prints.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=tools/install/lib.sh
. "$here/lib.sh"

versions="$here/schemathesis.txt"
target="$ITSUP_CACHE/schemathesis-$(sha256sum "$versions" | cut -c1-16)"
if [ -e "$target/.done" ]; then printf '%s\n' "$target/bin/st"; exit 0; fi

apt_install python3 python3-venv ca-certificates
say "fetching schemathesis (once; kept in $ITSUP_CACHE)"
rm -rf "$target"
/usr/bin/python3 -m venv "$target" >&2 || die "python3 -m venv failed"
retry "$target/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$versions" </dev/null >&2 ||
  die "could not install $versions: check the network and the Python package index"
touch "$target/.done"
printf '%s\n' "$target/bin/st"
