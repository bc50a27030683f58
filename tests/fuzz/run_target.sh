#!/usr/bin/env bash
# Runs a fuzz target over its seeds for a while, and prints what it did. What it finds beyond them stays
# in a directory of the run; an input that breaks something is printed, to be added to the seeds.
#   run_target.sh TARGET SEEDS SECONDS [SEED]   without a seed: other inputs each time
set -euo pipefail
target=$1 seeds=$2 seconds=$3 seed=${4:-0}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/found"
# AddressSanitizer keeps every stack that ever allocated: whole ones of actors are gigabytes in an hour.
export ASAN_OPTIONS="malloc_context_size=8:${ASAN_OPTIONS:-}"
TIMEFORMAT='%U %S'
if ! { time "$target" -seed="$seed" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 -print_final_stats=1 \
  -artifact_prefix="$work/" "$work/found" "$seeds" >"$work/log" 2>&1; } 2>"$work/cpu"; then
  grep '^INFO: Seed' "$work/log" || true
  tail -40 "$work/log"
  for input in "$work"/crash-* "$work"/oom-* "$work"/timeout-* "$work"/leak-*; do
    if [ -f "$input" ]; then echo "input, in base64: $(base64 -w0 "$input")"; fi
  done
  exit 1
fi
cpu=$(awk '{ printf "%.0f", $1 + $2 }' "$work/cpu")
awk -v name="$(basename "$target")" -v cpu="$cpu" '
  match($0, / cov: [0-9]+/) { coverage = substr($0, RSTART + 6, RLENGTH - 6) }
  /^stat::number_of_executed_units:/ { inputs = $2 }
  /^stat::average_exec_per_sec:/ { each_second = $2 }
  /^stat::new_units_added:/ { kept = $2 }
  END {
    printf "%s: %.0f s of CPU, %.0f inputs, %.0f a second, %.0f kept; coverage %.0f\n",
           name, cpu, inputs, each_second, kept, coverage
  }' "$work/log"
