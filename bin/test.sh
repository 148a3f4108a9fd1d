#!/usr/bin/env bash
# Proves everything on a real engine, and closes with one line: N passed, N failed.
#
#   bin/test.sh          unit tests, lints, web checks, packaging, end to end, browser
#   bin/test.sh --fast   the unit tests only
#   bin/test.sh --deep   what takes hours: clang-tidy over the whole tree, the unit tests under ASan and UBSan and under
#                        TSan, schemathesis with random values, and every fuzz target for $ITSUP_FUZZ_SECONDS (300; twice
#                        that for what reads a person's files)
#
# A missing engine, browser or tool is a failure. What is slow to make is cached outside the checkout.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bin/install.sh
. bin/install.sh

mode=all
case "${1:-}" in
  '') ;;
  --fast) mode=fast ;;
  --deep) mode=deep ;;
  *) die "unknown argument '$1' (there are --fast and --deep)" ;;
esac

passed=0
failed=0
failures=()
logs="$PWD/build/test-logs"
mkdir -p "$logs"

headline() { printf '\n=== [%s] %s\n' "$(elapsed)" "$*"; }

count() { # count NAME PASSED FAILED
  passed=$((passed + $2))
  failed=$((failed + $3))
  [ "$3" = 0 ] || failures+=("$1 ($3)")
}

log_of() { # log_of NAME
  local name="${1,,}"
  printf '%s\n' "$logs/${name//[^a-z0-9]/-}.log"
}

# One command = one test. Its output is shown when it fails.
check() { # check NAME COMMAND...
  local name="$1" log
  shift
  log="$(log_of "$name")"
  if "$@" >"$log" 2>&1 </dev/null; then
    printf 'ok      %s\n' "$name"
    count "$name" 1 0
  else
    printf 'FAILED  %s\n' "$name"
    tail -n 60 "$log" | sed 's/^/        /'
    count "$name" 0 1
  fi
}

finish() {
  headline "done"
  [ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit $?
}

install_or_fail() { # a subshell, because die ends its shell and the count must still be printed
  local group="$1"
  if ( set -e; install_groups "$group" ); then return 0; fi
  printf 'FAILED  install %s\n' "$group"
  count "install $group" 0 1
  return 1
}

build_preset() { # build_preset NAME
  local log="$logs/build-$1.log"
  headline "building $1"
  if cmake --preset "$1" >"$log" 2>&1 </dev/null && cmake --build --preset "$1" >>"$log" 2>&1 </dev/null; then
    count "build $1" 1 0
    return 0
  fi
  tail -n 80 "$log"
  count "build $1" 0 1
  return 1
}

unit_tests() { # unit_tests PRESET [CTEST ARGUMENT...]
  local log="$logs/ctest-$1.log" line total bad
  headline "unit tests, $1"
  ctest --preset "$1" -j 2 "${@:2}" >"$log" 2>&1 </dev/null
  line="$(grep -E 'tests passed, [0-9]+ tests failed out of [0-9]+' "$log" | tail -n 1)"
  if [ -z "$line" ]; then
    tail -n 30 "$log"
    count "unit tests" 0 1
    return
  fi
  bad="$(sed -E 's/.* ([0-9]+) tests failed.*/\1/' <<<"$line")"
  total="$(sed -E 's/.*out of ([0-9]+).*/\1/' <<<"$line")"
  [ "$bad" = 0 ] || sed -n '/The following tests FAILED/,$p' "$log"
  [ "$bad" = 0 ] || grep -B2 -A12 -E '^[0-9]+: .*Failure' "$log" | tail -n 120
  printf '%s\n' "$line"
  count "unit tests" $((total - bad)) "$bad"
}

lints() {
  headline "lints"
  check "floors" python3 tools/lint_floors.py
  check "sizes" python3 tools/lint_sizes.py
  check "no shell" python3 tools/lint_no_shell.py
  check "format" tools/lint_format.sh
  check "shell syntax" tools/lint_shell_syntax.sh
}

# node's runner prints its own totals; a run without them (a crash) counts as one failure. They are read from standard
# output, which is written at once: a report to a file loses its end when the runner forces the exit.
node_tests() { # node_tests NAME FILE...
  local name="$1" log code
  shift
  log="$(log_of "$name")"
  headline "$name"
  NO_COLOR=1 FORCE_COLOR=0 node tests/support/run.mjs "$@" </dev/null 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  count_node_tests "$name" "$log" "$code"
}

count_node_tests() { # count_node_tests NAME LOG EXIT_CODE
  local good bad
  good="$(sed -n 's/^ℹ pass //p' "$2" | tail -n 1)"
  bad="$(awk '$1 == "ℹ" && $2 ~ /^(fail|cancelled|skipped|todo)$/ {n += $3} END {print n + 0}' "$2")"
  if [ -z "$good" ] || { [ "$3" != 0 ] && [ "$bad" = 0 ]; }; then bad=$((${bad:-0} + 1)); fi
  count "$1" "${good:-0}" "$bad"
}

# Such tests wait more than they work, and each set has namespaces and an engine of its own, so two run at once where
# no test measures: one set in the background, which is shown and counted when it is collected.
begin_node_tests() { # begin_node_tests NAME FILE...
  beside_name="$1" beside_log="$(log_of "$1")"
  shift
  NO_COLOR=1 FORCE_COLOR=0 node tests/support/run.mjs "$@" </dev/null >"$beside_log" 2>&1 &
  beside_pid=$!
  trap 'kill "$beside_pid" 2>/dev/null' EXIT
}

collect_node_tests() {
  local code=0
  wait "$beside_pid" || code=$?
  trap - EXIT
  headline "$beside_name"
  cat "$beside_log"
  count_node_tests "$beside_name" "$beside_log" "$code"
}

web_checks() {
  local log="$logs/vitest.log" good bad
  headline "web"
  check "web/package-lock.json is there" test -f web/package-lock.json
  if [ ! -e web/node_modules/.package-lock.json ] || [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
    check "web modules" npm --prefix web ci --ignore-scripts --no-audit --no-fund
  fi
  check "svelte-check" npm --prefix web run check
  NO_COLOR=1 npm --prefix web test >"$log" 2>&1 </dev/null
  good="$(sed -nE 's/^ *Tests .* ([0-9]+) passed.*/\1/p; s/^ *Tests +([0-9]+) passed.*/\1/p' "$log" | head -n 1)"
  bad="$(sed -nE 's/^ *Tests +([0-9]+) failed.*/\1/p' "$log" | head -n 1)"
  if [ -z "$good" ]; then bad=$((${bad:-0} + 1)); fi
  [ "${bad:-0}" = 0 ] || tail -n 80 "$log"
  printf 'vitest: %d passed, %d failed\n' "${good:-0}" "${bad:-0}" | sed 's/$/ (web)/'
  count "vitest" "${good:-0}" "${bad:-0}"
}

fuzzing() {
  local target name seconds each="${ITSUP_FUZZ_SECONDS:-300}"
  build_preset fuzz || return
  headline "fuzzing, $each s each, twice that for a person's files"
  for target in build/fuzz/fuzz/fuzz_*; do
    [ -f "$target" ] && [ -x "$target" ] || continue
    name="${target##*/fuzz_}"
    case "$name" in
      yaml | secrets | dotenv) seconds=$((2 * each)) ;;
      *) seconds="$each" ;;
    esac
    # What it finds worth keeping stays in build/; a crash is kept beside it.
    mkdir -p "build/fuzz/found/$name"
    check "fuzz $name" "$target" -max_total_time="$seconds" -print_final_stats=1 -rss_limit_mb=2048 \
      -artifact_prefix="build/fuzz/found/crash-$name-" "build/fuzz/found/$name" "fuzz/corpus/$name"
    grep -a 'number_of_executed_units' "$logs/fuzz-$name.log" || true
  done
}

shopt -s nullglob
install_or_fail build || finish
ensure_node
if [ "$mode" = fast ]; then
  # Contract tests ask the real Compose, which --fast does not install.
  build_preset dev && unit_tests dev -LE contract
  finish
fi

if [ "$mode" = deep ]; then
  install_or_fail engine
  install_or_fail test
  build_preset tidy
  # A sanitizer's own memory and time are no finding of ours.
  for sanitizer in asan tsan; do build_preset "$sanitizer" && unit_tests "$sanitizer" --timeout 600; done
  build_preset release &&
    ITSUP_SCHEMATHESIS_SECONDS="${ITSUP_SCHEMATHESIS_SECONDS:-300}" node_tests "schemathesis" tests/contract/schemathesis.test.mjs
  fuzzing
  finish
fi

cli_tests=(tests/e2e/cli*.test.mjs)
end_to_end_tests=()
for file in tests/e2e/*.test.mjs; do
  [[ "$file" == tests/e2e/cli*.test.mjs ]] || end_to_end_tests+=("$file")
done

tools_there=yes
install_or_fail engine || tools_there=no
install_or_fail test || tools_there=no
lints
web_checks
build_preset dev && unit_tests dev
released=no
build_preset release && released=yes
[ "$released" = no ] || [ ! -f openapi/openapi.json ] || check "openapi.json is current" tools/check_openapi.sh

if [ "$tools_there" = yes ]; then
  # Made here, because the tests' namespace has no network.
  [ "$released" = no ] || check "Debian 12 with systemd" tools/install/debian_root.sh "$PWD/build/release/itsup"
  node_tests "packaging" tests/packaging/*.test.mjs
  # Without the program everything from here on fails, as it should: it is all about it.
  begin_node_tests "engine" tests/support/*.test.mjs
  # Every answer goes through a proxy that compares it with openapi.json (tests/support/validating_proxy.mjs).
  ITSUP_TEST_VALIDATE=1 node_tests "contract and command line" tests/contract/*.test.mjs "${cli_tests[@]}"
  collect_node_tests
  ITSUP_TEST_VALIDATE=1 node_tests "end to end" "${end_to_end_tests[@]}"
  node_tests "browser" tests/browser/*.test.mjs
  [ "$released" = no ] || node_tests "start" tests/start/*.test.mjs
fi
finish
