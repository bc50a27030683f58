#!/usr/bin/env bash
# Starts by PostgreSQL: a unique index on the open runs, and an insert for each start, by pgbench
# over TCP on the loopback address, or with PEERS_SOCKET=unix through a Unix socket.
#   bench/peers/postgresql.sh all 5        installs, measures each setting for 5 seconds, cleans up
set -euo pipefail
peer=postgresql
. "$(dirname "$0")/common.sh"
. "$here/postgresql_cluster.sh"

settings() {
  echo "1-client 1"
  echo "64-clients 64 8"
}

install_peer() {
  install_cluster
  postgres_bin pgbench >/dev/null
}

start() {
  start_cluster "$1"
  sql "$1" --file="$here/postgresql/schema.sql"
  measure "$1" 64-clients 2 >/dev/null
}

measure() {
  local dir=$1 setting=$2 seconds=$3 clients before after made rate log host=127.0.0.1
  [ "${PEERS_SOCKET:-tcp}" = tcp ] || host=$dir
  clients=$(outstanding_of "$setting")
  log=$(mktemp -d)
  before=$(sql "$dir" --command="SELECT count(*) FROM runs")
  # Its own count of a client's ids begins anew with each call; the seconds of now tell them apart.
  "$(postgres_bin pgbench)" --host="$host" --port="$(cat "$dir/port")" --username=postgres \
    --no-vacuum --protocol=prepared --file="$here/postgresql/start.sql" \
    --client="$clients" --jobs=$((clients < 2 ? clients : 2)) --time="$seconds" \
    --define=base="$(date +%s)" --define=n=0 --log --log-prefix="$log/pgbench" postgres \
    >"$dir/pgbench.log" 2>&1
  after=$(sql "$dir" --command="SELECT count(*) FROM runs")
  made=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' \
    "$dir/pgbench.log")
  [ $((after - before)) -eq "$made" ] ||
    { echo "$made transactions made $((after - before)) runs" >&2; return 1; }
  rate=$(sed -n 's/^tps = \([0-9.]*\) .*/\1/p' "$dir/pgbench.log")
  read -r p50 p99 < <(cut -d' ' -f3 "$log"/pgbench.* | percentiles)
  rm -rf "$log"
  result "$setting" "$rate" "$p50" "$p99" \
    "$(sql "$dir" --command="SELECT split_part(current_setting('server_version'), ' ', 1)")" \
    "$(cluster_durable "$dir")"
}

twice() {
  local i answer
  for i in first second; do
    answer=$(sql "$1" --command="INSERT INTO runs (workflow_id) VALUES ('asked-twice')
      ON CONFLICT (workflow_id) WHERE status = 'open' DO NOTHING RETURNING run_id")
    echo "$i start: ${answer:-no row}"
  done
}

stop() { stop_cluster "$1"; }

peer_main "$@"
