#!/usr/bin/env bash
# Configures a preset, unless that is done, and builds it.
#   scripts/build.sh PRESET [OPTIONS OF cmake --build...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift

if [ ! -f "build/$preset/build.ninja" ]; then cmake --preset "$preset"; fi
exec cmake --build --preset "$preset" "$@"
