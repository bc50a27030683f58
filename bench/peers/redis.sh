#!/usr/bin/env bash
# Starts by Redis: SET NX of a key for each start, with an append-only file that is synced before
# the answer, by redis-benchmark over TCP on the loopback address, or with PEERS_SOCKET=unix through
# a Unix socket.
#   bench/peers/redis.sh all 5        installs, measures each setting for 5 seconds, cleans up
set -euo pipefail
peer=redis
. "$(dirname "$0")/common.sh"

settings() {
  echo "50-clients 50 2"
  echo "50-clients-pipeline-64 3200 0.5"
}

install_peer() {
  need_debian redis-server redis-tools
  command -v redis-benchmark >/dev/null || skip "redis-benchmark is not there"
}

cli() {
  local dir=$1
  shift
  redis-cli -s "$dir/socket" "$@"
}

start() {
  local dir=$1 name
  mkdir -p "$dir/data"
  free_ports 1 >"$dir/port"
  # Only the append-only file, and no rewrite of it while it is measured.
  launch "$dir" server redis-server --bind 127.0.0.1 --port "$(cat "$dir/port")" \
    --unixsocket "$dir/socket" --dir "$dir/data" --daemonize no --appendonly yes \
    --appendfsync always --save "" --auto-aof-rewrite-percentage 0
  wait_for 30 "$dir" server cli "$dir" ping
  # redis-benchmark takes a number of requests, not a time: the warm-up says how many are a second.
  for name in $(settings | cut -d' ' -f1); do
    echo 2000 >"$dir/$name.rate"
    measure "$dir" "$name" 2 >/dev/null
    measure "$dir" "$name" 1 >/dev/null
  done
}

measure() {
  local dir=$1 setting=$2 seconds=$3 pipeline=1 requests before after rate p50 p99 where
  where=(-h 127.0.0.1 -p "$(cat "$dir/port")")
  [ "${PEERS_SOCKET:-tcp}" = tcp ] || where=(-s "$dir/socket")
  case "$setting" in *-pipeline-64) pipeline=64 ;; esac
  outstanding_of "$setting" >/dev/null
  requests=$(awk -v rate="$(cat "$dir/$setting.rate")" -v s="$seconds" \
    'BEGIN { printf "%d", rate * s }')
  before=$(cli "$dir" dbsize)
  # 8 letters and 12 digits; the value is as long as a run id.
  IFS=, read -r _ rate _ _ p50 _ p99 _ < <(redis-benchmark "${where[@]}" --csv -n "$requests" \
    -c 50 -P $pipeline -r 2147483647 \
    SET workflow__rand_int__ 01933c5e-8a6f-7c31-9d5f-6c0a2f1e4b7d NX |
    tail -n 1 | sed 's/.*NX"/x/; s/"//g')
  after=$(cli "$dir" dbsize)
  echo "$rate" >"$dir/$setting.rate"
  # Of two thousand million numbers a few come twice.
  [ $(((after - before) * 100)) -ge $((requests * 99)) ] ||
    { echo "$requests requests made $((after - before)) keys" >&2; return 1; }
  result "$setting" "$rate" "$p50" "$p99" \
    "$(redis-server --version | sed 's/.* v=\([^ ]*\).*/\1/')" \
    "$(cli "$dir" config get append\* | paste -d= - - | grep -E '^append(only|fsync)=' |
      paste -sd, - | sed 's/,/, /g')"
}

twice() {
  local i answer
  for i in first second; do
    answer=$(cli "$1" set asked-twice "run-$i" NX)
    echo "$i start: ${answer:-nil}"
  done
}

stop() { end "$1" server; }

peer_main "$@"
