#!/usr/bin/env bash
# Runs a command in namespaces of its own: network, processes, mounts, host name.
#
#   tests/support/namespace.sh COMMAND [ARG...]
#
# Why: a test engine's subnets and ports never meet the host's, /run belongs to the test alone, and
# when the command ends the kernel ends every process that it left behind. Exit code = the command's.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "error: the tests need root for network namespaces and an engine" >&2; exit 1; }
if [ "${1:-}" != --inside ]; then
  exec unshare --net --pid --mount --uts --fork --kill-child --mount-proc \
    --propagation private "$0" --inside "$@"
fi
shift
ip link set lo up
hostname itsup-test
# A private /run: /var/run/docker.sock can be the test engine's without touching the host's.
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/lock
# Bash stays PID 1 here, because it reaps the shims and children that others leave to it.
"$@" &
child=$!
trap 'kill -TERM $child 2>/dev/null || true' TERM INT
while :; do
  code=0
  wait "$child" || code=$?
  kill -0 "$child" 2>/dev/null || break
done
exit "$code"
