#!/usr/bin/env bash
# Fuzzes for longer than scripts/test.sh does: each target in turn, for an hour unless told otherwise.
# Prints what each did, and each input that broke something.
#   scripts/fuzz.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-3600}
if ! [[ "$seconds" =~ ^[1-9][0-9]*$ ]]; then
  echo "SECONDS is \"$seconds\"; allowed: a whole number from 1" >&2
  exit 2
fi

scripts/install_packages.sh --tests
scripts/build.sh fuzz
broken=()
for seeds in tests/fuzz/seeds/*/; do
  target=fuzz-$(basename "$seeds")
  echo "== $target"
  tests/fuzz/run_target.sh "build/fuzz/bin/$target" "$seeds" "$seconds" || broken+=("$target")
done
if [ ${#broken[@]} -gt 0 ]; then
  echo "broken: ${broken[*]}"
  exit 1
fi
