#!/usr/bin/env bash
# Mixed load for an hour, with retention at work all the time: memory must stay flat, files and disk
# bounded, and no descriptor may leak. Prints a line a minute and a verdict.
#   scripts/soak.sh [SECONDS] [OPTIONS OF onerun-load mixed...]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=3600
if [[ "${1:-}" =~ ^[0-9]+$ ]]; then seconds=$1; shift; fi

scripts/install_packages.sh
scripts/build.sh release --target onerun-load

work=$(mktemp -d -p /var/tmp)
trap 'kill "$load" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
build/release/bin/onerun-load mixed --data-dir "$work/data" --duration "${seconds}s" --rate 15000 \
  --id-count 100000 --retention 10s --json "$work/result.json" "$@" >"$work/table" &
load=$!

# One sample every five seconds: time, resident KiB, descriptors, files, KiB on disk.
started=$SECONDS
while sleep 5 && kill -0 "$load" 2>/dev/null; do
  resident=$(awk '/^VmRSS/ { print $2 }' "/proc/$load/status" 2>/dev/null) || break
  descriptors=$(ls "/proc/$load/fd" 2>/dev/null | wc -l)
  files=$(find "$work/data" -type f | wc -l)
  disk=$(du -sk "$work/data" 2>/dev/null | cut -f1) || true
  [ -n "$resident" ] || break
  echo "$((SECONDS - started)) $resident $descriptors $files $disk" | tee -a "$work/samples" |
    awk '$1 % 60 < 5 { printf "%5d s: %d MiB resident, %d descriptors, %d files, %d MiB on disk\n",
                       $1, $2 / 1024, $3, $4, $5 / 1024 }'
done
wait "$load" || { echo "the load program failed"; cat "$work/table"; exit 1; }
cat "$work/table"

# The first third is warm-up: memtables and caches fill. After it the resident memory's straight line of
# least squares says how fast it grows; of the rest, the second half must not exceed the first by more
# than a tenth for memory and descriptors, by more than half for files and disk.
awk -v total="$seconds" '
  function larger(a, b) { return a > b ? a : b }
  $1 < total / 3 { next }
  {
    n++; sx += $1; sy += $2; sxx += $1 * $1; sxy += $1 * $2
    half = $1 < total * 2 / 3 ? 1 : 2
    for (i = 2; i <= 5; i++) most[half, i] = larger(most[half, i], $i)
  }
  END {
    if (n < 10) { print "too short to judge"; exit 1 }
    slope = (n * sxy - sx * sy) / (n * sxx - sx * sx)
    percent = slope * 3600 / (sy / n) * 100
    printf "resident: %.1f MiB on average, slope %+.2f %% an hour\n", sy / n / 1024, percent
    split("resident KiB,descriptors,files,KiB on disk", names, ",")
    split("1.1,1.1,1.5,1.5", bounds, ",")
    for (i = 2; i <= 5; i++) {
      printf "most %s: %d, then %d\n", names[i - 1], most[1, i], most[2, i]
      if (most[2, i] > most[1, i] * bounds[i - 1]) { print "  grows"; bad = 1 }
    }
    if (total >= 1800 && percent > 1) { print "resident memory grows by more than 1 % an hour"; bad = 1 }
    exit bad
  }' "$work/samples"
