#!/usr/bin/env bash
# Cuts the power of a simulated disk under RocksDB a thousand times, and looks whether anything
# acknowledged is lost or anything in the store is wrong.
#   scripts/power.sh [--cycles N] [--seed S]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh --tests
scripts/build.sh release --target onerun-power
exec build/release/bin/onerun-power --cycles 1000 "$@"
