#!/usr/bin/env bash
# Runs in their long form what the tests run in their short one, all of it or only the parts that are
# named, and prints a table of the verdicts. All of it takes some four hours. Wants a machine that does
# nothing else, and 10 GB in /var/tmp.
#   scripts/nightly.sh [--list | PARTS...]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/parts.sh

seed=$(date +%Y%m%d)
names=()
declare -A commands
long_run() { # NAME COMMAND...
  names+=("$1")
  commands[$1]=$(printf '%q ' "${@:2}")
}

long_run simulator build/release/bin/onerun-sim --schedules 100000
long_run simulator-faults bash tests/sim/faults_test.sh build/release/bin/onerun-sim 5000 "$seed"
long_run simulator-asan build/asan/bin/onerun-sim --schedules 20000
long_run linear env ONERUN_TEST_SEED="$seed" build/release/bin/test-linear
long_run crash scripts/crash.sh
long_run upgrade env ONERUN_UPGRADE_KILLS=200 build/release/bin/test-upgrade-killed
long_run power scripts/power.sh
long_run fuzz scripts/fuzz.sh 1200
long_run timers scripts/timers.sh
long_run find scripts/find.sh
long_run overload scripts/overload.sh
long_run soak scripts/soak.sh

if [ "${1:-}" = --list ]; then
  printf '%s\n' "${names[@]}"
  exit
fi
for wanted in "$@"; do
  if [ -z "${commands[$wanted]:-}" ]; then
    echo "no part is named \"$wanted\"; scripts/nightly.sh --list prints all" >&2
    exit 2
  fi
done
[ $# -gt 0 ] || set -- "${names[@]}"

use_parts
echo "seed $seed"
part "packages" scripts/install_packages.sh --tests
part "build release" scripts/build.sh release --target onerun-sim test-linear test-upgrade-killed
if [[ " $* " == *" simulator-asan "* ]]; then
  part "build asan" scripts/build.sh asan --target onerun-sim
fi
for name in "$@"; do
  eval "part $name ${commands[$name]}" || true # the others run all the same
done
