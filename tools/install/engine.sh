# Docker engine and Compose 2. Sourced after lib.sh.
# Keeps what a person already has; a docker client alone is not an engine, Compose 1 is not Compose.

ensure_engine() {
  refuse_compose_v1
  local want=()
  find_dockerd >/dev/null || want+=(docker.io)
  docker compose version >/dev/null 2>&1 || want+=(docker-compose)
  [ -x /usr/bin/docker ] || have docker || want+=(docker-cli)
  have iptables || want+=(iptables)
  have ip || want+=(iproute2)
  [ ${#want[@]} -gt 0 ] || return 0
  if printf '%s\n' "${want[@]}" | grep -q docker; then install_from_trixie "${want[@]}"; else apt_install "${want[@]}"; fi
  find_dockerd >/dev/null || die "dockerd is still missing after the installation"
  docker compose version >/dev/null 2>&1 || die "docker compose (version 2) is still missing after the installation"
}

find_dockerd() {
  command -v dockerd || { [ -x /usr/sbin/dockerd ] && echo /usr/sbin/dockerd; }
}

# Debian 12's own docker-compose 1.29 answers 0 to flags it does not know: never work with it.
refuse_compose_v1() {
  local plugin
  plugin="$(docker compose version --short 2>/dev/null || true)"
  case "${plugin#v}" in
    1.*) die "docker compose is version $plugin, and version 2 is needed: remove the package docker-compose (1.x) and start again" ;;
  esac
  if [ "$(dpkg-query -W -f '${db:Status-Abbrev}${Version}' docker-compose 2>/dev/null | cut -c1-2)" = ii ] &&
    dpkg-query -W -f '${Version}' docker-compose | grep -q '^1\.'; then
    die "the package docker-compose is version 1 (Python), and Compose 2 is needed: apt-get remove docker-compose, then start again"
  fi
}

# Trixie's packages run on bookworm; pinned low so that nothing else ever comes from there.
install_from_trixie() {
  local want=() name
  for name in "$@"; do
    case "$name" in docker*) want+=("$name/trixie") ;; *) want+=("$name") ;; esac
  done
  case " $* " in *" docker.io "*) want+=(docker-buildx/trixie) ;; esac
  if [ "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" = bookworm ]; then
    add_trixie_source
  else
    want=("${want[@]%/trixie}")
  fi
  apt_install "${want[@]}"
}

add_trixie_source() {
  local uri key list=/etc/apt/sources.list.d/itsup-trixie.sources
  [ -e "$list" ] && return 0
  read -r uri key <<<"$(debian_source)"
  [ -n "$key" ] || exit 1
  say "adding Debian trixie (pinned at 50) for docker.io and docker-compose"
  printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: %s\n' "$uri" "$key" |
    as_root tee "$list" >/dev/null
  printf 'Package: *\nPin: release n=trixie\nPin-Priority: 50\n' |
    as_root tee /etc/apt/preferences.d/itsup-trixie >/dev/null
  apt_updated=no
}

# The mirror and key that this machine itself uses for Debian.
debian_source() {
  local uri key
  uri="$({ cat /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } |
    awk '$1 == "URIs:" && $2 ~ /debian\/?$/ && !found {print $2; found = 1}')"
  [ -n "$uri" ] || uri="$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } |
    awk '$1 == "deb" && !found {for (i = 2; i <= NF; i++) if ($i ~ /:\/\/.*debian\/?$/) {print $i; found = 1; break}}')"
  [ -n "$uri" ] || die "found no Debian entry in the apt sources to copy for trixie"
  key=/usr/share/keyrings/debian-archive-keyring.gpg
  printf '%s %s\n' "$uri" "$key"
}
