#!/usr/bin/env bash
# Fills a store with closed runs and a few open ones among them, and measures how soon runs are found.
#   scripts/find.sh [CLOSED_RUNS] [DIRECTORY]
# The directory is kept if it is given, and not filled again if it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
closed=${1:-10000000}
directory=${2:-}

scripts/install_packages.sh --tests
scripts/build.sh release --target onerun-load onerun-find
if [ -z "$directory" ]; then
  directory=$(mktemp -d /var/tmp/onerun-find-XXXXXX)
  trap 'rm -rf "$directory"' EXIT
fi
load() {
  build/release/bin/onerun-load closed --data-dir "$directory" --durability async \
    --outstanding 4096 --retention 365d "$@" | grep -E '^(completed|seconds)' || true
}
if [ ! -f "$directory/FORMAT" ]; then
  load --operations 1000
  load --operations $((closed / 2)) --complete 100
  load --operations 1000
  load --operations $((closed - closed / 2)) --complete 100
fi
build/release/bin/onerun-find --data-dir "$directory"
