#!/usr/bin/env bash
# Runs a fuzz target over its seeds for a while. What it finds beyond them stays in a directory of the
# run; an input that breaks something is printed, to be added to the seeds.
#   run_target.sh TARGET SEEDS SECONDS
set -euo pipefail
target=$1 seeds=$2 seconds=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/found"
# AddressSanitizer keeps every stack that ever allocated: whole ones of actors are gigabytes in an hour.
export ASAN_OPTIONS="malloc_context_size=8:${ASAN_OPTIONS:-}"
if ! "$target" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 -print_final_stats=1 \
  -artifact_prefix="$work/" "$work/found" "$seeds" >"$work/log" 2>&1; then
  tail -40 "$work/log"
  for input in "$work"/crash-* "$work"/oom-* "$work"/timeout-* "$work"/leak-*; do
    [ -f "$input" ] && echo "input, in base64: $(base64 -w0 "$input")"
  done
  exit 1
fi
grep -E 'stat::(number_of_executed_units|average_exec_per_sec|new_units_added)' "$work/log"
