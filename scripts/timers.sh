#!/usr/bin/env bash
# Measures what a million pending timers cost, and how late ten thousand fire that are due in one
# second.
#   scripts/timers.sh [--pending N] [--due N] [--rest SECONDS] [--dir DIRECTORY]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh --tests
scripts/build.sh release --target onerun-timers
exec build/release/bin/onerun-timers "$@"
