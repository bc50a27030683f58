#!/usr/bin/env bash
# Installs what is missing, builds everything, and runs every test, two at a time; then the fuzz
# targets on their seeds and for ten seconds each.
#   scripts/test.sh [OPTIONS OF ctest...]   such as -R runtime: only these tests, and no fuzzing
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh --tests
scripts/build.sh release
ctest --preset release -j2 "$@"
if [ $# -eq 0 ]; then
  scripts/build.sh fuzz
  ctest --preset fuzz -j2
fi
