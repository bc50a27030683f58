#!/usr/bin/env bash
# Measures how cost grows: with what is outstanding, the number of ids, the payload, live actors and
# closed runs that are retained. Writes one JSON; bench/draw.py makes pictures of it.
#   bench/curves.sh [--quick] [--dir DIRECTORY] [--closed DIRECTORY] [--rounds N]
#                   [--seconds S] [--most N] OUT.json
# --quick: fewer and smaller points. --dir: where stores are made; default /var/tmp.
# --closed: the store of closed runs; kept, and filled as far as the next point needs.
# --most: leaves out points with more ids, actors or closed runs than that.
set -euo pipefail

dir=/var/tmp closed='' rounds=3 seconds=10 most=50000000 quick='' out=''
usage() { sed -n '2,8s/^# \?//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
  case "$1" in
    --quick) quick=1; shift ;;
    --dir | --closed | --rounds | --seconds | --most)
      [ $# -gt 1 ] || usage
      declare "${1#--}=$2"
      shift 2
      ;;
    -*) usage ;;
    *) [ -z "$out" ] || usage; out=$1; shift ;;
  esac
done
[ -n "$out" ] || usage
out=$(realpath -m "$out")
if [ -n "$closed" ]; then closed=$(realpath -m "$closed"); fi
cd "$(dirname "$0")/.."

scripts/install_packages.sh --tests
scripts/build.sh release --target onerun-rows

outstanding=(1 4 16 64 256 1024 4096 16384)
ids=(1000 10000 100000 1000000 10000000)
payloads=(0 64 256 1024 4096 16384 65536)
actors=(1000 10000 100000 1000000)
retained=(100000 1000000 10000000 50000000)
if [ -n "$quick" ]; then
  seconds=1 rounds=1
  outstanding=(1 64 4096)
  ids=(1000 10000 100000)
  payloads=(0 1024 65536)
  actors=(1000 10000 50000)
  retained=(10000 50000 100000)
fi

work=$(mktemp -d -p "$dir" onerun-curves-XXXXXX)
trap 'rm -rf "$work"' EXIT
if [ -z "$closed" ]; then closed=$work/closed; fi

# A point that fails is left out, and what the others came to is not lost.
failed=0
point() { # CURVE SERIES X FIGURE ROW OPTIONS...
  local curve=$1 series=$2 x=$3 figure=$4
  shift 4
  [ "$x" -le "$most" ] || return 0
  echo "  $curve, $x: $*" >&2
  local line
  line=$(build/release/bin/onerun-rows "$@" --dir "$work" --seconds "$seconds" |
    grep "^{\"row\":\"$figure\"") || { failed=1; return; }
  printf '{"curve":"%s","series":"%s","x":%s,"figure":%s}\n' "$curve" "$series" "$x" "$line" \
    >>"$work/points.jsonl"
}

for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  for x in "${outstanding[@]}"; do
    point outstanding "new ids" "$x" starts starts --outstanding "$x"
  done
  for x in "${ids[@]}"; do
    point ids uniform "$x" starts starts --id-count "$x"
    point ids zipf "$x" starts starts --id-count "$x" --zipf
  done
  for x in "${payloads[@]}"; do
    point payload "new ids" "$x" starts starts --payload "$x" --outstanding 256
  done
  for x in "${actors[@]}"; do
    point actors "new ids" "$x" memory-actor memory --runs "$x"
  done
done
# Each has rounds of its own.
for x in "${retained[@]}"; do
  point retained "new ids" "$x" retained retained --runs "$x" --data-dir "$closed"
done

python3 bench/report.py curves --directory "$work" --points "$work/points.jsonl" --json "$out"
exit "$failed"
