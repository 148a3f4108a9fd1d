#!/usr/bin/env bash
# Debootstraps a Debian 12 with systemd and the libraries that PROGRAM needs into the cache, and
# prints its path. Keyed by its packages, so a second call only prints. Nobody writes to it: the tests
# lay an overlay over it.
#
#   tools/install/debian_root.sh PROGRAM
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=tools/install/lib.sh
. "$here/lib.sh"
# shellcheck source=tools/install/engine.sh
. "$here/engine.sh"

program="${1:?the program whose libraries are wanted}"
have debootstrap || die "debootstrap is missing: run bin/install.sh test"

# The packages that hold the program's shared libraries; /lib is a link to /usr/lib, dpkg knows either.
libraries_of() {
  ldd "$1" | awk '$2 == "=>" {print $3}' | while read -r file; do
    dpkg -S "$file" "$(realpath "$file")" "/usr$file" 2>/dev/null || true
  done | cut -d: -f1 | sort -u
}

# procps: the unit reloads with /bin/kill, which every Debian but a minimal one has. nftables: what
# docs/operations.md asks for.
packages=(systemd systemd-sysv dbus logrotate ca-certificates procps nftables)
mapfile -t libraries < <(libraries_of "$program")
[ ${#libraries[@]} -gt 5 ] || die "ldd found too few libraries of $program"
list="$(printf '%s\n' "${packages[@]}" "${libraries[@]}" | sort -u | paste -sd,)"
target="$ITSUP_CACHE/debian-12-$(sha256sum <<<"$list" | cut -c1-16)"
if [ -e "$target/.done" ]; then printf '%s\n' "$target/root"; exit 0; fi

say "debootstrapping Debian 12 with systemd (once; kept in $ITSUP_CACHE)"
read -r mirror _ <<<"$(debian_source)"
rm -rf "$target.new" && mkdir -p "$target.new"
retry debootstrap --variant=minbase --include="$list" bookworm "$target.new/root" "$mirror" \
  >"$target.new/log" 2>&1 </dev/null || { tail -n 20 "$target.new/log" >&2; die "debootstrap failed (a test engine's namespace has no network: run this script before it)"; }
rm -rf "$target.new"/root/var/cache/apt/archives/*.deb "$target"
mv "$target.new" "$target"
touch "$target/.done"
printf '%s\n' "$target/root"
