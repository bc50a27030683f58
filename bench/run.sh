#!/usr/bin/env bash
# Measures everything: the micro benchmarks, and each row of bench/README.md several times, in
# turns. Prints a table of the rows, and writes one JSON with it, the micro benchmarks and the
# machine.
#   bench/run.sh [--quick] [--json FILE] [--dir DIRECTORY] [--closed DIRECTORY] [--rounds N]
# --quick: small and short, to see that it works. --dir: where stores are made; default /var/tmp.
# --closed: a store of closed runs that is kept, and filled if it is not there.
set -euo pipefail

json=bench.json dir=/var/tmp closed='' rounds=3 quick=''
usage() { sed -n '2,8s/^# \?//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
  case "$1" in
    --quick) quick=1; shift ;;
    --json | --dir | --closed | --rounds)
      [ $# -gt 1 ] || usage
      declare "${1#--}=$2"
      shift 2
      ;;
    *) usage ;;
  esac
done
json=$(realpath -m "$json")
if [ -n "$closed" ]; then closed=$(realpath -m "$closed"); fi
cd "$(dirname "$0")/.."

scripts/install_packages.sh --tests
scripts/build.sh release --target onerun-bench onerun-rows
bin=build/release/bin

# How long and how large, by row.
common=(--seconds 10)
sustained=(--seconds 300)
retained=(--runs 50000000)
micro=(--benchmark_repetitions=3 --benchmark_report_aggregates_only=true)
if [ -n "$quick" ]; then
  common=(--seconds 1 --scale 0.02)
  sustained=()
  retained=()
  micro=(--benchmark_min_time=0.01)
fi
if [ -n "$closed" ]; then retained+=(--data-dir "$closed"); fi

work=$(mktemp -d -p "$dir" onerun-bench-XXXXXX)
trap 'rm -rf "$work"' EXIT

# A row that fails is left out, and what the others came to is not lost.
failed=0
measure() { # ROW OPTIONS...
  echo "  $*" >&2
  "$bin/onerun-rows" "$1" --dir "$work" "${common[@]}" "${@:2}" >>"$work/rows.jsonl" || failed=1
}

echo "micro benchmarks" >&2
TMPDIR=$work "$bin/onerun-bench" "${micro[@]}" --benchmark_format=json >"$work/micro.json"

for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  measure fdatasync
  for row in starts-4096 starts-64 one-at-a-time batch no-write pairs memory-store; do
    measure "$row"
  done
  measure sustained "${sustained[@]}"
  for row in memory disk reclaim reopen history; do measure "$row"; done
  measure fdatasync
done
measure retained "${retained[@]}" # has rounds of its own

python3 bench/report.py rows --directory "$work" --rows "$work/rows.jsonl" \
  --micro "$work/micro.json" --json "$json"
exit "$failed"
