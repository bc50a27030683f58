#!/usr/bin/env bash
# Kills the load program a thousand times, at random moments and at named points, and looks whether
# anything that it answered is lost or contradicted, or anything in the store is wrong.
#   scripts/crash.sh [--kills N] [--seed S]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh --tests
scripts/build.sh release --target onerun-crash --target onerun-load \
  --target onerun-load-with-kill-points
bin=build/release/bin
exec "$bin/onerun-crash" "$bin/onerun-load" "$bin/onerun-load-with-kill-points" --kills 1000 "$@"
