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

# The first third is warm-up: memtables and caches fill. After it the lowest resident memory of each two
# minutes, when no merge holds buffers, gives a straight line of least squares, whose slope says how fast
# memory grows, as far as its own error of two standard deviations lets it. Of the rest, the second half must
# not exceed the first by more than a tenth for memory and descriptors, by more than half for files and disk.
awk -v total="$seconds" '
  function larger(a, b) { return a > b ? a : b }
  $1 < total / 3 { next }
  {
    samples++
    window = int(($1 - total / 3) / 120)
    if (!(window in low) || $2 < low[window]) low[window] = $2
    half = $1 < total * 2 / 3 ? 1 : 2
    for (i = 2; i <= 5; i++) most[half, i] = larger(most[half, i], $i)
  }
  END {
    if (samples < 10) { print "too short to judge"; exit 1 }
    n = int(total * 2 / 3 / 120)  # whole windows
    for (w = 0; w < n; w++) { mean += low[w] / n; middle += w / n }
    for (w = 0; w < n; w++) { xx += (w - middle) ^ 2; xy += (w - middle) * (low[w] - mean) }
    if (n > 9) {
      slope = xy / xx
      for (w = 0; w < n; w++) rest += (low[w] - mean - slope * (w - middle)) ^ 2
      percent = slope * 30 / mean * 100
      error = 2 * sqrt(rest / (n - 2) / xx) * 30 / mean * 100
      printf "resident, lowest of each two minutes: %.1f MiB on average, slope %+.2f %% an hour, error %.2f\n",
             mean / 1024, percent, error
      if (percent - error > 1) { print "resident memory grows by more than 1 % an hour"; bad = 1 }
    }
    split("resident KiB,descriptors,files,KiB on disk", names, ",")
    split("1.1,1.1,1.5,1.5", bounds, ",")
    for (i = 2; i <= 5; i++) {
      printf "most %s: %d, then %d\n", names[i - 1], most[1, i], most[2, i]
      if (most[2, i] > most[1, i] * bounds[i - 1]) { print "  grows"; bad = 1 }
    }
    exit bad
  }' "$work/samples"
