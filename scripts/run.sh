#!/usr/bin/env bash
# Installs what is missing, builds the load program, and replays a real day of flights on disk with
# live metrics.
#   scripts/run.sh [OPTIONS OF THE REPLAY...]        such as --conflict use_existing
#   scripts/run.sh closed|open|replay [OPTIONS...]   runs onerun-load with just these arguments
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/scripts/install_packages.sh"
"$root/scripts/build.sh" release --target onerun-load

load=$root/build/release/bin/onerun-load
case "${1:-}" in
  closed | open | replay | --version | --help | -h) exec "$load" "$@" ;;
esac

# On a terminal the metrics stay for a while, to be looked at.
linger=0s
if [ -t 1 ]; then linger=60s; fi
exec "$load" replay "$root/examples/traces/flights-2001-03-15.csv" --store rocksdb \
  --metrics 127.0.0.1:9464 --linger "$linger" "$@"
