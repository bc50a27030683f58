#!/usr/bin/env bash
# Asks a runtime for three times what it can do, and judges what becomes of its goodput, its memory
# and its latency; and what one hot id does to the others. Wants a machine that does nothing else.
#   scripts/overload.sh [--seconds N] [--seed S]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh --tests
scripts/build.sh release --target onerun-overload
exec build/release/bin/onerun-overload --judge "$@"
