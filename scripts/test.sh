#!/usr/bin/env bash
# Installs what is missing, builds everything, and runs every test.
#   scripts/test.sh [OPTIONS OF ctest...]   such as -R runtime
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh --tests
scripts/build.sh release
exec ctest --preset release "$@"
