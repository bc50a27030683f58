#!/usr/bin/env bash
# Measures onerun beside what people use instead, on this machine and disk: each peer is installed
# and started, then onerun and the peer take turns, at as many requests under way, and then it is
# stopped. Prints medians and the ratio of the starts a second, onerun's to the peer's.
#   bench/compare.sh [--seconds 5] [--rounds 3] [--pause 3] [--only postgresql,redis] [--json FILE]
#                    [--dir DIRECTORY ON THE DISK] [--load ONERUN-LOAD]
# What is measured, and what each peer promises: bench/peers/README.md.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

seconds=5 rounds=3 pause=3 only=postgresql,redis,restate,dbos,temporal,langgraph
json='' base=/var/tmp load=''
while [ $# -gt 0 ]; do
  case "$1:$#" in
    *:1 | [!-]*) sed -n '2,/^set/{s/^# //p}' "$0" >&2; exit 2 ;;
    --seconds:*) seconds=$2 ;;
    --rounds:*) rounds=$2 ;;
    --pause:*) pause=$2 ;;
    --only:*) only=$2 ;;
    --json:*) json=$(realpath -m "$2") ;;
    --dir:*) base=$2 ;;
    --load:*) load=$(realpath "$2") ;;
    *) echo "$0 knows no $1" >&2; exit 2 ;;
  esac
  shift 2
done

if [ -z "$load" ]; then
  "$root/scripts/install_packages.sh"
  "$root/scripts/build.sh" release --target onerun-load
  load=$root/build/release/bin/onerun-load
fi
for peer in ${only//,/ }; do
  [ -x "$root/bench/peers/$peer.sh" ] || { echo "there is no peer $peer" >&2; exit 2; }
done

mkdir -p "$base"
dir=$(mktemp -d "$(realpath "$base")/onerun-compare-XXXXXX")
chmod 755 "$dir"
current=''
finish() {
  [ -z "$current" ] || "$root/bench/peers/$current.sh" stop "$dir" || true
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM
case "$(stat --file-system --format=%T "$dir")" in
  tmpfs | ramfs) echo "$dir is in memory, not on a disk: choose one by --dir" >&2; exit 2 ;;
esac
results=$dir/results
: >"$results"

fdatasync() { python3 "$root/bench/fdatasync.py" "$dir" "$@"; }
p50_of() { sed 's/.*"p50_ms": \([0-9.]*\).*/\1/'; }

# What one of them left to the disk is not written while the next one is measured. A disk that gives
# only so much in a time is slow once that is used up: the next turn waits until it syncs nearly as
# fast as it has been seen to, a minute at most. Leaves in $disk what an fdatasync takes, in ms.
rest() {
  local end=$((SECONDS + 60))
  sync --file-system "$dir"
  sleep "$pause"
  while disk=$(fdatasync 0.3 | p50_of); [ $SECONDS -lt $end ] &&
    awk -v now="$disk" -v usual="$usual" 'BEGIN { exit !(now > 1.5 * usual) }'; do
    sleep 5
  done
  usual=$(printf '%s\n' "$usual" "$disk" | sort -g | head -n 1)
}

# with FIELD: the JSON object that comes in, with one more field.
with() { sed "s/}\$/,$1}/"; }

# onerun OUTSTANDING SECONDS: in one data directory as long as the peer runs, which keeps its data,
# too.
onerun() {
  "$load" closed --outstanding "$1" --duration "$2s" --data-dir "$dir/onerun" \
    --json "$dir/load.json" >"$dir/load.log" 2>&1 || { cat "$dir/load.log" >&2; return 1; }
}

# measure_onerun PEER SETTING OUTSTANDING: as a line like those of the peers.
measure_onerun() {
  onerun "$3" "$seconds"
  python3 - "$dir/load.json" "$1" "$2" "$3" <<'PYTHON'
import json, sys
with open(sys.argv[1]) as file:
    measured = json.load(file)
if measured["errors"] or measured["operations"] != measured["outcomes"]["started"]:
    sys.exit("not every request of onerun started a run")
latency = measured["latency_us"]
print(json.dumps({
    "peer": "onerun", "beside": sys.argv[2], "setting": sys.argv[3],
    "outstanding": int(sys.argv[4]), "starts_per_second": measured["starts_per_second"],
    "p50_ms": latency["p50"] / 1000, "p99_ms": latency["p99"] / 1000}))
PYTHON
}

# say LINE: of the results; shows it, too.
say() {
  echo "$1" >>"$results"
  echo "$1" >&2
}

# step PEER COMMAND [ARGUMENTS...]: of the peer's script. A peer that is skipped, or fails, says so
# in the results, and is over.
step() {
  local peer=$1 command=$2 status=0 output
  shift 2
  output=$("$root/bench/peers/$peer.sh" "$command" "$dir" "$@") || status=$?
  case "$status:$output" in
    0:) ;;
    0:*) [ "$command" = twice ] && echo "$output" >&2 || echo "$output" ;;
    77:*) say "$(tail -n 1 <<<"$output")"; return 1 ;;
    *) say "{\"peer\":\"$peer\",\"skipped\":\"$command failed with status $status\"}"; return 1 ;;
  esac
}

compare() {
  local peer=$1 name outstanding goal line
  echo "== $peer" >&2
  step "$peer" install || return 0
  step "$peer" start || return 0
  step "$peer" twice || return 0
  onerun 64 2
  for _ in $(seq "$rounds"); do
    while read -r name outstanding goal; do
      rest
      line=$(measure_onerun "$peer" "$name" "$outstanding")
      say "$(with "\"disk_ms\":$disk" <<<"$line")"
      rest
      line=$(step "$peer" measure "$name" "$seconds") || return 0
      [ -z "$goal" ] || line=$(with "\"goal\":$goal" <<<"$line")
      say "$(with "\"disk_ms\":$disk" <<<"$line")"
    done < <("$root/bench/peers/$peer.sh" settings)
  done
}

before=$(fdatasync)
usual=$(p50_of <<<"$before")
echo "{\"fdatasync\":$before}" >>"$results"
for current in ${only//,/ }; do
  compare "$current"
  "$root/bench/peers/$current.sh" stop "$dir"
  rm -rf "${dir:?}/$current" "$dir/onerun"
done
current=''
echo "{\"fdatasync\":$(fdatasync)}" >>"$results"
python3 "$root/bench/ratios.py" "$results" ${json:+"$json"}
