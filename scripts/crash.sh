#!/usr/bin/env bash
# Kills the load program at random, a hundred times, and looks whether anything acknowledged is lost
# or anything in the store is wrong.
#   scripts/crash.sh [--kills N] [--seed S]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh --tests
scripts/build.sh release --target onerun-crash --target onerun-load
exec build/release/bin/onerun-crash build/release/bin/onerun-load --kills 100 "$@"
