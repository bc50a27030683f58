#!/usr/bin/env bash
# Mixed load for an hour, with retention at work all the time: memory must stay flat, files and disk
# bounded, and no descriptor may leak. Prints a line a minute and a verdict.
#   scripts/soak.sh [SECONDS] [OPTIONS OF onerun-load mixed...]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=3600
if [[ "${1:-}" =~ ^[0-9]+$ ]]; then seconds=$1; shift; fi

scripts/install_packages.sh --tests
scripts/build.sh release --target onerun-load

work=$(mktemp -d -p /var/tmp)
trap 'kill "$load" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
build/release/bin/onerun-load mixed --data-dir "$work/data" --duration "${seconds}s" --rate 15000 \
  --id-count 100000 --retention 10s --metrics 127.0.0.1:0 --json "$work/result.json" "$@" \
  >"$work/table" &
load=$!

resident() { awk '/^VmRSS/ { print $2 }' "/proc/$load/status" 2>/dev/null; }
memtables() {
  curl --silent --fail "$(awk '/^metrics at/ { print $3; exit }' "$work/table")" |
    awk '/^onerun_store_memory_bytes{use="memtables"}/ { printf "%d", $2 / 1024 }'
}

# A line every five seconds: time, resident KiB, KiB of memtables, descriptors, files, KiB on disk.
started=$SECONDS
while sleep 5 && kill -0 "$load" 2>/dev/null; do
  resident=$(resident) && memtables=$(memtables) || continue  # it says so the next time, or has ended
  descriptors=$(ls "/proc/$load/fd" 2>/dev/null | wc -l)
  files=$(find "$work/data" -type f | wc -l)
  disk=$(du -sk "$work/data" 2>/dev/null | cut -f1) || true
  echo "$((SECONDS - started)) $resident $memtables $descriptors $files $disk" | tee -a "$work/samples" |
    awk '$1 % 60 < 5 { printf "%5d s: %d MiB resident, %d of them memtables, %d descriptors, " \
                              "%d files, %d MiB on disk\n", $1, $2 / 1024, $3 / 1024, $4, $5, $6 / 1024 }'
done
wait "$load" || { echo "the load program failed"; cat "$work/table"; exit 1; }
cat "$work/table"

awk -v total="$seconds" -f scripts/soak_verdict.awk "$work/samples"
